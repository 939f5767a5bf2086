"""Campaigns, prompts and recordings in the admin; what people recorded is only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.admin_base import DomainAdmin, HistoryAdmin
from accounts.models import User
from collection.models import (
    Assignment,
    Campaign,
    DerivedObject,
    Participation,
    Prompt,
    QualityFlag,
    Recording,
    Review,
    Upload,
)
from collection.services.examples import mark_example


@admin.register(Campaign)
class CampaignAdmin(DomainAdmin):
    """Its wording; opened and closed on its own page. The address stays, because people hold links to it."""

    list_display = ("title", "slug", "state", "language_name", "licence", "created_at")
    list_filter = ("state", "language_name")
    search_fields = ("title", "slug")
    readonly_fields = ("slug", "state", "effort", "created_at")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return redirect("campaign-new")  # with its effort, consent text and prompts


@admin.register(Prompt)
class PromptAdmin(DomainAdmin):
    list_display = ("sentence_1", "sentence_2", "campaign", "source")
    list_filter = ("campaign", "is_offered")
    list_select_related = ("campaign",)
    search_fields = ("sentence_1", "sentence_2", "source")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # from a list, on the campaign's own page

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """What somebody was given to read stays as it was; it can still be taken out of use."""
        given = isinstance(obj, Prompt) and obj.assignments.exists()
        return ("campaign", "sentence_1", "sentence_2", "source") if given else ("campaign",)


@admin.register(Participation)
class ParticipationAdmin(HistoryAdmin):
    list_display = ("session_code", "campaign", "speaker_genders", "native_speakers", "created_at")
    list_filter = ("campaign", "speaker_genders", "native_speakers")
    list_select_related = ("campaign",)
    search_fields = ("session_code",)
    date_hierarchy = "created_at"


@admin.register(Assignment)
class AssignmentAdmin(HistoryAdmin):
    list_display = ("public_id", "participation", "prompt", "state", "assigned_at")
    list_filter = ("state", "participation__campaign")
    list_select_related = ("participation", "prompt")
    search_fields = ("public_id__exact", "participation__session_code")
    date_hierarchy = "assigned_at"


@admin.register(Upload)
class UploadAdmin(HistoryAdmin):
    list_display = ("client_uuid", "state", "refusal_code", "byte_length", "begun_at", "finished_at")
    list_filter = ("state", "refusal_code")
    search_fields = ("client_uuid__exact", "sha256")
    date_hierarchy = "begun_at"


@admin.register(Recording)
class RecordingAdmin(HistoryAdmin):
    """Only what the public may hear is chosen here; decisions are made on the review page."""

    list_display = ("mixture_name", "campaign", "review_state", "origin", "public_example", "stored_at")
    list_filter = ("review_state", "origin", "public_example", "participation__campaign")
    list_select_related = ("participation__campaign",)
    search_fields = ("public_id__exact", "participation__session_code", "sha256")
    date_hierarchy = "stored_at"
    fields = (
        "public_id",
        "public_example",
        "example_reason",
        "review_state",
        "assignment",
        "participation",
        "number_in_session",
        "origin",
        "origin_note",
        "sha256",
        "byte_length",
        "sample_rate_hz",
        "channels",
        "sample_format",
        "frames",
        "capture",
        "stored_at",
    )
    readonly_fields = tuple(name for name in fields if name not in ("public_example", "example_reason"))

    @admin.display(description="campaign")
    def campaign(self, recording: Recording) -> str:
        return recording.participation.campaign.title

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A withdrawn recording can no longer be shown to anybody."""
        return not (isinstance(obj, Recording) and obj.participation.participant.has_withdrawn)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        mark_example(recording=obj, kind=obj.public_example, reason=obj.example_reason, actor=request.user)


@admin.register(DerivedObject)
class DerivedObjectAdmin(HistoryAdmin):
    list_display = ("recording", "kind", "byte_length", "content_type", "made_at")
    list_filter = ("kind",)
    list_select_related = ("recording",)
    search_fields = ("recording__public_id__exact",)
    date_hierarchy = "made_at"


@admin.register(QualityFlag)
class QualityFlagAdmin(HistoryAdmin):
    list_display = ("recording", "code", "severity", "value", "unit", "message")
    list_filter = ("severity", "code")
    list_select_related = ("recording",)
    search_fields = ("recording__public_id__exact", "code")


@admin.register(Review)
class ReviewAdmin(HistoryAdmin):
    list_display = ("recording", "decision", "reason", "reviewer", "decided_at", "undone_at")
    list_filter = ("decision", "reviewer")
    list_select_related = ("recording", "reviewer")
    search_fields = ("recording__public_id__exact", "reason")
    date_hierarchy = "decided_at"
