"""Addresses of recruitment: pages of admins under /recruitment/."""

from django.urls import URLPattern, URLResolver, path

from recruitment.views import efforts

urlpatterns: list[URLPattern | URLResolver] = [
    path("recruitment/", efforts.effort_list, name="effort-list"),
    path("recruitment/<int:effort_id>/", efforts.effort_overview, name="effort"),
]
