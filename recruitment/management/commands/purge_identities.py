"""Delete provider ids that are due, now; the daily timer does the same."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from recruitment.services.identities import purge_identities


class Command(BaseCommand):
    help = "Delete the ids by which providers know people, where everything about them was settled long enough ago."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be deleted, and delete nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry_run = bool(options["dry_run"])
        would = "would be purged" if is_dry_run else "purged"
        purges = purge_identities(is_dry_run=is_dry_run)
        for purge in purges:
            self.stdout.write(
                f"Effort {purge.effort.pk} ({purge.effort}): {purge.identities} identities and "
                f"{purge.files} files {would}."
            )
        if not purges:
            self.stdout.write("Nothing is due.")
