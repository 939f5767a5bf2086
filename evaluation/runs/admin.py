"""Separations and quality estimates in the admin, to look at."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import HistoryAdmin
from evaluation.runs.models import QualityEstimate, Separation, Stem


@admin.register(Separation)
class SeparationAdmin(HistoryAdmin):
    list_display = ("recording", "bundle", "code_version", "compute_s", "made_at")
    list_filter = ("bundle", "code_version")
    list_select_related = ("recording", "bundle")
    search_fields = ("recording__public_id__exact",)
    date_hierarchy = "made_at"


@admin.register(Stem)
class StemAdmin(HistoryAdmin):
    list_display = ("separation", "source_number", "sample_rate_hz", "frames", "byte_length")
    list_filter = ("source_number", "separation__bundle")
    list_select_related = ("separation__recording", "separation__bundle")
    search_fields = ("separation__recording__public_id__exact", "sha256")
    exclude = ("peaks",)


@admin.register(QualityEstimate)
class QualityEstimateAdmin(HistoryAdmin):
    list_display = (
        "stem",
        "si_snr_db",
        "low_db",
        "high_db",
        "convention",
        "out_of_domain",
        "bundle",
        "made_at",
    )
    list_filter = ("bundle", "convention", "code_version")
    list_select_related = ("stem__separation__recording", "stem__separation__bundle", "bundle")
    search_fields = ("stem__separation__recording__public_id__exact",)
    date_hierarchy = "made_at"
