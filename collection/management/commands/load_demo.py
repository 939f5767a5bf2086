"""manage.py load_demo: the demo campaign with its sentences and constructed takes; again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand

from collection.services.demo import SLUG, load_demo


class Command(BaseCommand):
    help = "Load the demo campaign with sentences to record and constructed takes to listen to."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = load_demo()
        self.stdout.write(
            f"Campaign '{SLUG}': {counts.prompts.added} sentence pairs added "
            f"({counts.prompts.already_there} were there), {counts.takes_added} constructed takes added."
        )
