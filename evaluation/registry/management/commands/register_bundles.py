"""`manage.py register_bundles [FOLDER ...]`: make rows of the shipped model bundles, or of the given folders."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaluation.registry.services.bundles import register_bundle, register_shipped_bundles
from modeling.errors import ModelingError


class Command(BaseCommand):
    help = "Register the shipped model bundles (or FOLDERs); running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, folders: list[Path], **options: Any) -> None:
        try:
            rows = [register_bundle(path=path) for path in folders] or register_shipped_bundles()
        except ModelingError as error:
            raise CommandError(str(error)) from error
        for row in rows:
            row.refresh_from_db()
            self.stdout.write(f"{row.kind:<9} {row}{'  default' if row.is_default else ''}")
        if not rows:
            self.stdout.write("No bundle is shipped with this checkout.")
