"""manage.py import_results EFFORT FILE: check a platform's results file, apply it, write it back with decisions."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services.users import find_active_admin
from core.errors import ShownToUser
from recruitment.imports_overview import misread_cells
from recruitment.models import Effort, ProviderFile
from recruitment.rules.mark_words import WORDS
from recruitment.rules.marks import count_marks
from recruitment.services.decided_files import export_file
from recruitment.services.paid_twice import refuse_paying_twice
from recruitment.services.provider_files import choose_columns, match_file, read_file
from recruitment.services.row_submissions import apply_file

MEANINGS = ("person", "submission", "code", "state", "time")


class Command(BaseCommand):
    help = (
        "Check a platform's results file: counts by mark, and the lines that are not good. Nothing changes before "
        "--apply; --export writes the file with the decisions in it, which count as sent from then on. "
        "Ids of people are never printed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("effort", type=int, metavar="EFFORT", help="the number in the effort's address")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the admin who does this")
        parser.add_argument("--apply", action="store_true", help="make submissions of the rows")
        parser.add_argument(
            "--platform-pays-nothing",
            action="store_true",
            help="apply a file of Mechanical Turk in a channel whose rewards are paid from the ledger",
        )
        parser.add_argument("--export", type=Path, metavar="OUT", help="write the decided file")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="MEANING=NAME",
            help=f"which column is the {', '.join(MEANINGS)}; not needed for Mechanical Turk",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.import_results(options)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except ShownToUser as error:
            raise CommandError(error.message) from error

    def import_results(self, options: dict[str, Any]) -> None:
        admin = find_active_admin(username=options["by"])
        path: Path = options["file"]
        kept, is_new = read_file(
            effort=find_effort(options["effort"]), file_name=path.name, data=path.read_bytes(), actor=admin
        )
        if not is_new:
            self.stdout.write(
                f"These bytes came before, on {kept.uploaded_at:%-d %B %Y}: it is the same file."
            )
        if options["column"] and kept.applied_at is None:
            choose_columns(provider_file=kept, names=names_from(options["column"]), actor=admin)
        self.show_marks(kept)
        if options["apply"]:
            if not options["platform_pays_nothing"]:
                refuse_paying_twice(provider_file=kept)
            self.apply(kept, admin)
        if options["export"]:
            options["export"].write_bytes(export_file(provider_file=kept, actor=admin))
            self.stdout.write(f"{options['export']} is written; the decisions in it count as sent.")

    def show_marks(self, kept: ProviderFile) -> None:
        matched = match_file(provider_file=kept)
        rows = [row.marked for row in matched.rows]
        for mark, count in count_marks(row.mark for row in rows).items():
            lines = [str(row.line) for row in rows if row.mark == mark]
            shown = "" if mark == "ok" else f"  line {', '.join(lines[:10])}{' …' if len(lines) > 10 else ''}"
            self.stdout.write(f"{count:7,} {WORDS[mark].title}{shown}")
        for sentence in misread_cells(matched):
            self.stdout.write(sentence)

    def apply(self, kept: ProviderFile, admin: User) -> None:
        done = apply_file(provider_file=kept, actor=admin)
        self.stdout.write(
            f"Applied: {done.submissions} submissions, {done.stamps} stamps used, "
            f"{done.rows_left} rows left as they are."
        )


def find_effort(number: int) -> Effort:
    effort = Effort.objects.filter(pk=number).first()
    if effort is None:
        known = ", ".join(f"{found.pk} ({found.name})" for found in Effort.objects.order_by("pk"))
        raise ShownToUser(
            f"There is no effort {number}; the efforts are: {known or 'none yet'}.", code="unknown_effort"
        )
    return effort


def names_from(chosen: list[str]) -> dict[str, str]:
    """`person=worker id` and the like. Raises ShownToUser `unknown_meaning`."""
    names: dict[str, str] = {}
    for pair in chosen:
        meaning, equals, name = pair.partition("=")
        if meaning not in MEANINGS or not equals:
            raise ShownToUser(
                f"--column {pair!r} is not understood: write MEANING=NAME, MEANING one of {', '.join(MEANINGS)}.",
                code="unknown_meaning",
            )
        names[meaning] = name
    return names
