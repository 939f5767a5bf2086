"""The Django app `evaluation.registry`."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "evaluation.registry"
    label = "registry"
    verbose_name = "Model registry"
