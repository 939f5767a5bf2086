"""Model bundles in the admin: which ones every new recording is run through."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin_base import HistoryAdmin
from accounts.models import User
from core.errors import ShownToUser
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.bundles import make_default


@admin.register(ModelBundle)
class ModelBundleAdmin(HistoryAdmin):
    list_display = ("name", "kind", "is_default", "sample_rate_hz", "short_digest", "registered_at")
    list_filter = ("kind", "is_default")
    search_fields = ("name", "digest")
    actions = ("use_for_new_recordings",)

    @admin.display(description="digest")
    def short_digest(self, bundle: ModelBundle) -> str:
        return bundle.digest[:12]

    @admin.action(description="Use for every new recording")
    def use_for_new_recordings(self, request: HttpRequest, queryset: QuerySet[ModelBundle]) -> None:
        assert isinstance(request.user, User)
        for bundle in queryset:
            try:
                make_default(bundle=bundle, actor=request.user)
            except ShownToUser as refusal:
                messages.error(request, refusal.message)
                continue
            messages.success(request, f"{bundle} is the default {bundle.get_kind_display().lower()} now.")
