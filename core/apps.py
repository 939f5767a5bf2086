"""The plumbing app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"
    label = "core"

    def ready(self) -> None:
        # Every process knows every job, also the web server: enqueue() reads the queue from the declaration.
        autodiscover_modules("tasks")
