"""`manage.py prepare_object_store --origin https://realm.example`: make the bucket and let browsers put into it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import Broken, RetryLater
from core.storage import object_store, probe_store
from core.storage.folder import FolderStore
from core.storage.s3 import S3Store


class Command(BaseCommand):
    help = "Make the bucket of OBJECT_STORE_URL, allow uploads from the site's origins, and try a write."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--origin", action="append", default=[], help="such as https://realm.example")

    def handle(self, *args: Any, **options: Any) -> None:
        store = object_store()
        try:
            if isinstance(store, S3Store):
                self.prepare_bucket(store, origins=options["origin"])
            probe_store(store)
        except (Broken, RetryLater) as error:
            raise CommandError(str(error)) from error
        where = store.objects if isinstance(store, FolderStore) else "the bucket"
        self.stdout.write(f"Objects can be written to {where}.")

    def prepare_bucket(self, store: S3Store, *, origins: list[str]) -> None:
        made = store.make_bucket()
        self.stdout.write(f"The bucket {store.config.bucket} {'was made' if made else 'is there'}.")
        if not origins:
            return
        try:
            store.allow_uploads_from(origins)
            self.stdout.write(f"Browsers may upload from {', '.join(origins)}.")
        except Broken as error:
            self.stderr.write(f"{error} Allow cross-origin PUT in the service's own configuration.")
