"""Addresses of collection."""

from django.urls import URLPattern, URLResolver, path

from collection.views import contributor, home, withdrawal

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("c/<slug:slug>/", contributor.campaign, name="campaign"),
    path("c/<slug:slug>/begin", contributor.begin, name="begin"),
    path("c/<slug:slug>/record", contributor.record, name="record"),
    path("c/<slug:slug>/receipt", contributor.receipt, name="receipt"),
    path("c/<slug:slug>/finished", contributor.finished, name="finished"),
    path("withdraw/", withdrawal.withdrawal, name="withdraw"),
]
