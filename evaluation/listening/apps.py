"""The Django app `evaluation.listening`."""

from django.apps import AppConfig


class ListeningConfig(AppConfig):
    name = "evaluation.listening"
    label = "listening"
    verbose_name = "Listening studies"
