"""Addresses of releases."""

from django.urls import URLPattern, URLResolver, path

from releases import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/", views.release_list, name="release-list"),
    path("releases/new", views.release_new, name="release-new"),
    path("releases/<slug:slug>/<str:version>/download", views.release_download, name="release-download"),
    path("releases/<slug:slug>/<str:version>/retry", views.release_retry, name="release-retry"),
    path("withdrawals.jsonl", views.withdrawals, name="withdrawals"),
]
