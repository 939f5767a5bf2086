"""Studies, trials, presentations and ratings in the admin, to look at; studies are run from their own pages."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import HistoryAdmin
from evaluation.listening.models import Presentation, Rating, Study, Trial


@admin.register(Study)
class StudyAdmin(HistoryAdmin):
    list_display = ("title", "slug", "state", "created_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("created_by",)
    search_fields = ("title", "slug")
    date_hierarchy = "created_at"


@admin.register(Trial)
class TrialAdmin(HistoryAdmin):
    list_display = ("public_id", "study", "separation")
    list_filter = ("study",)
    list_select_related = ("study", "separation__recording", "separation__bundle")
    search_fields = ("public_id__exact", "separation__recording__public_id__exact")


@admin.register(Presentation)
class PresentationAdmin(HistoryAdmin):
    list_display = ("trial", "participant", "position", "state", "presented_at")
    list_filter = ("state", "trial__study")
    list_select_related = ("trial", "participant")
    search_fields = ("trial__public_id__exact", "participant__public_id__exact")
    date_hierarchy = "presented_at"


@admin.register(Rating)
class RatingAdmin(HistoryAdmin):
    list_display = ("trial", "participant", "score", "rated_at")
    list_filter = ("score", "trial__study")
    list_select_related = ("trial", "participant")
    search_fields = ("trial__public_id__exact", "participant__public_id__exact")
    date_hierarchy = "rated_at"
