"""Addresses of registry."""

from django.urls import URLPattern, URLResolver, path

from evaluation.registry import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("models/", views.bundle_list, name="bundle-list"),
]
