"""Addresses of registry."""

from django.urls import URLPattern, URLResolver, path

from evaluation.registry import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("models/", views.bundle_list, name="bundle-list"),
    path("models/add", views.bundle_add, name="bundle-add"),
    path("models/import", views.checkpoint_add, name="checkpoint-add"),
    path("models/imports/<uuid:import_id>", views.checkpoint_page, name="checkpoint"),
    path("models/<slug:digest>/", views.bundle_page, name="bundle"),
    path("models/<slug:digest>/change", views.bundle_change, name="bundle-change"),
]
