"""The Django app `collection`."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "collection"
    label = "collection"
    verbose_name = "Collection"
