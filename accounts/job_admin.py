"""Jobs in the admin: to look at, to try again, to take away, never to edit; above core, for the audit log."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from core.jobs import cancel, retry_quarantined
from core.models import Job, JobQuerySet

JobChange = Callable[..., Job]


class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("kind", "subject_key", "queue", "state", "attempt", "created_at", "finished_at", "worker")
    list_filter = ("state", "queue", "kind")
    search_fields = ("kind", "subject_key", "last_error", "worker")
    ordering = ("-created_at",)
    actions = ("retry_selected", "cancel_selected")
    show_full_result_count = False

    @admin.action(description="Try again (quarantined or cancelled)")
    def retry_selected(self, request: HttpRequest, queryset: JobQuerySet) -> None:
        self._change_each(request, queryset, change=retry_quarantined, action="job.retry")

    @admin.action(description="Cancel (waiting or running)")
    def cancel_selected(self, request: HttpRequest, queryset: JobQuerySet) -> None:
        self._change_each(request, queryset, change=cancel, action="job.cancel")

    def _change_each(
        self, request: HttpRequest, queryset: JobQuerySet, *, change: JobChange, action: str
    ) -> None:
        assert isinstance(request.user, User)
        for job in queryset:
            try:
                with transaction.atomic():
                    change(job=job)
                    details = {"kind": job.kind, "subject": job.subject_key}
                    record_action(actor=request.user, action=action, subject=f"job:{job.pk}", details=details)
            except ShownToUser as refusal:
                messages.warning(request, refusal.message)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return request.user.has_perm("core.change_job") if obj is None else False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False
