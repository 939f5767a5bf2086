"""The Django app `evaluation.runs`."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "evaluation.runs"
    label = "runs"
    verbose_name = "Separation runs"
