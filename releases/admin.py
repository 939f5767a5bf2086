"""Releases and tombstones in the admin, to look at; releases are built on their own page."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import HistoryAdmin
from releases.models import Release, WithdrawnRecording


@admin.register(Release)
class ReleaseAdmin(HistoryAdmin):
    list_display = ("campaign", "version", "state", "archive_bytes", "requested_by", "requested_at")
    list_filter = ("state", "campaign")
    list_select_related = ("campaign", "requested_by")
    search_fields = ("version", "campaign__slug", "archive_sha256")
    date_hierarchy = "requested_at"
    # Thousands of recordings are no choice list.
    exclude = ("recordings",)


@admin.register(WithdrawnRecording)
class WithdrawnRecordingAdmin(HistoryAdmin):
    list_display = ("recording_id", "mixture_name", "withdrawn_at", "rechecked_at")
    search_fields = ("recording_id__exact", "mixture_name", "sha256")
    date_hierarchy = "withdrawn_at"
