"""Jobs in the admin: to look at, to try again, to take away; never to edit."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest

from core.errors import ShownToUser
from core.jobs import cancel, retry_quarantined
from core.models import Job, JobQuerySet


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("kind", "subject_key", "queue", "state", "attempt", "created_at", "finished_at", "worker")
    list_filter = ("state", "queue", "kind")
    search_fields = ("kind", "subject_key", "last_error", "worker")
    ordering = ("-created_at",)
    actions = ("retry_selected", "cancel_selected")
    show_full_result_count = False

    @admin.action(description="Try again (quarantined or cancelled)")
    def retry_selected(self, request: HttpRequest, queryset: JobQuerySet) -> None:
        for job in queryset:
            try:
                retry_quarantined(job=job)
            except ShownToUser as refusal:
                messages.warning(request, refusal.message)

    @admin.action(description="Cancel (waiting or running)")
    def cancel_selected(self, request: HttpRequest, queryset: JobQuerySet) -> None:
        for job in queryset:
            try:
                cancel(job=job)
            except ShownToUser as refusal:
                messages.warning(request, refusal.message)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return request.user.has_perm("core.change_job") if obj is None else False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False
