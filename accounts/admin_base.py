"""What every page of the admin shares: changes go to the audit log, and history is only looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import HttpRequest

from accounts.services.audit import record_action

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin


class DomainAdmin(ModelAdmin):
    """Rows that admins may add and change, never delete: other rows stand on them."""

    list_per_page = 50
    # A COUNT over everything costs seconds in tables that grow without end.
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        note_change(request, obj, verb="add", message=message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        note_change(request, obj, verb="change", message=message)
        return super().log_change(request, obj, message)


class HistoryAdmin(DomainAdmin):
    """Rows that say what happened: nobody adds, changes or deletes them by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def note_change(request: HttpRequest, obj: Model, *, verb: str, message: Any) -> None:
    """Which fields were changed, not to what: values may be personal."""
    name = obj._meta.model_name
    record_action(
        actor=request.user if request.user.is_authenticated else None,
        action=f"{name}.{verb}",
        subject=f"{name}:{getattr(obj, 'slug', None) or getattr(obj, 'public_id', None) or obj.pk}",
        details={"fields": changed_fields(message)},
    )


def changed_fields(message: Any) -> list[str]:
    if not isinstance(message, list):
        return []
    return [str(name) for part in message for name in part.get("changed", {}).get("fields", [])]
