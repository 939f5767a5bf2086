"""manage.py build_release --campaign demo --out DIR [--version 0.1.0]: write a release to a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collection.models import Campaign
from core.errors import Broken, RetryLater, ShownToUser
from releases.models import Release
from releases.rules import next_version
from releases.services.builder import BuiltRelease, build_release


class Command(BaseCommand):
    help = (
        "Write the accepted recordings of a campaign as <slug>-<version>/ and <slug>-<version>.tar.gz. "
        "Building the same version twice gives identical bytes."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version gives way: here it is the version of the release.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--campaign", required=True, metavar="SLUG")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR")
        parser.add_argument(
            "--version", dest="release_version", metavar="X.Y.Z", help="default: the next minor version"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = find_campaign(options["campaign"])
        version = options["release_version"] or self.suggest_version(campaign)
        try:
            options["out"].mkdir(parents=True, exist_ok=True)
            built = build_release(
                campaign=campaign, version=version, out_dir=options["out"], report=self.report
            )
        except (ShownToUser, RetryLater, Broken) as error:
            self.stderr.write("")
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror or error}.") from error
        self.show(built)

    def suggest_version(self, campaign: Campaign) -> str:
        published = Release.objects.published_of(campaign)
        return next_version(published.values_list("version", flat=True))

    def report(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done} of {total} sounds written", ending="\n" if done == total else "")

    def show(self, built: BuiltRelease) -> None:
        self.stdout.write(f"folder   {built.folder}")
        self.stdout.write(f"archive  {built.archive} ({built.archive_bytes} bytes)")
        self.stdout.write(f"sha256   {built.archive_sha256}")
        self.stdout.write(f"{len(built.recording_ids)} recordings")


def find_campaign(slug: str) -> Campaign:
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is None:
        known = ", ".join(Campaign.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no campaign {slug!r}; the campaigns are: {known}.")
    return campaign
