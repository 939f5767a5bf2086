"""The Django admin behind our own login page, for the role admin only; other staff do not learn of it."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.backends import is_admin


class RealmAdminSite(AdminSite):
    site_header = "Realm administration"
    site_title = "Realm"
    index_title = "Everything that has no page of its own"
    site_url = "/workbench/"

    def has_permission(self, request: HttpRequest) -> bool:
        return is_admin(request.user)

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
