"""manage.py import_prompts --campaign SLUG FILE.tsv: add pairs of sentences to a campaign."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collection.models import Campaign
from collection.prompt_lists import decode_prompt_list
from collection.services.prompts import import_prompts
from core.errors import ShownToUser


class Command(BaseCommand):
    help = "Add prompts from a tab-separated file: sentence 1, sentence 2, optionally the source."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--campaign", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            known = ", ".join(Campaign.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no campaign {options['campaign']!r}; the campaigns are: {known}.")
        try:
            counts = import_prompts(campaign=campaign, lines=decode_prompt_list(options["file"].read_bytes()))
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except ShownToUser as error:
            raise CommandError(f"{options['file']}: {error.message} Nothing was imported.") from error
        self.stdout.write(f"{counts.added} prompts added, {counts.already_there} were there already.")
