"""Efforts, consent texts, participants and their work in the admin; keys and sealed codes are never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin_base import DomainAdmin, HistoryAdmin
from recruitment.models import ConsentText, Effort, Participant, WorkStamp, WorkUnit
from recruitment.services.consents import publish_consent_text


@admin.register(Effort)
class EffortAdmin(DomainAdmin):
    list_display = ("name", "channel", "created_at")
    list_filter = ("channel",)
    search_fields = ("name",)
    fields = ("name", "channel", "decision_rules", "created_at")
    readonly_fields = ("channel", "decision_rules", "created_at")  # changed, and audited, under Recruitment

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # made together with the campaign or study it belongs to


@admin.register(ConsentText)
class ConsentTextAdmin(DomainAdmin):
    """Adding one makes the next version; none is ever edited."""

    list_display = ("effort", "version", "created_at")
    list_filter = ("effort",)
    list_select_related = ("effort",)
    search_fields = ("effort__name", "text")
    fields = ("effort", "text", "version", "created_at")
    readonly_fields = ("version", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        published = publish_consent_text(effort=obj.effort, text=obj.text)
        obj.pk, obj.version, obj.created_at = published.pk, published.version, published.created_at


@admin.register(Participant)
class ParticipantAdmin(HistoryAdmin):
    list_display = ("public_id", "effort", "people_consenting", "entered_at", "withdrawn_at", "erased_at")
    list_filter = ("effort", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("effort",)
    search_fields = ("public_id__exact", "participation__session_code")
    date_hierarchy = "entered_at"
    fields = (
        "public_id",
        "effort",
        "consent_text",
        "consented_at",
        "people_consenting",
        "entered_at",
        "withdrawn_at",
        "erased_at",
    )


@admin.register(WorkUnit)
class WorkUnitAdmin(HistoryAdmin):
    list_display = ("subject", "participant", "state", "created_at")
    list_filter = ("state", "participant__effort")
    list_select_related = ("participant",)
    search_fields = ("subject",)
    date_hierarchy = "created_at"


@admin.register(WorkStamp)
class WorkStampAdmin(HistoryAdmin):
    list_display = ("work_unit", "state", "minted_at")
    list_filter = ("state",)
    list_select_related = ("work_unit",)
    search_fields = ("work_unit__subject",)
    date_hierarchy = "minted_at"
    fields = ("work_unit", "state", "minted_at")
