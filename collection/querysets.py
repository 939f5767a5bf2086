"""Sets of campaigns, assignments and recordings, and who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models

if TYPE_CHECKING:
    from accounts.models import User
    from collection.models import Assignment, Campaign, Recording  # noqa: F401


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def open(self) -> CampaignQuerySet:
        return self.filter(state="open")

    def published(self) -> CampaignQuerySet:
        """Open, or closed after having been open: a page exists for both."""
        return self.exclude(state="draft")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def waiting_for_a_take(self) -> AssignmentQuerySet:
        return self.filter(state="open")


class RecordingQuerySet(models.QuerySet["Recording"]):
    def kept(self) -> RecordingQuerySet:
        """Everything except what a speaker has withdrawn; every other query starts here."""
        return self.filter(participation__participant__withdrawn_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> RecordingQuerySet:
        """Staff see all kept recordings, everybody else the public examples."""
        if user.is_authenticated and user.is_active:
            return self.kept()
        return self.kept().exclude(public_example="")

    def awaiting_review(self) -> RecordingQuerySet:
        return self.kept().filter(review_state="waiting").order_by("stored_at", "id")

    def releasable(self) -> RecordingQuerySet:
        """Accepted and not withdrawn."""
        return self.kept().filter(review_state="accepted").order_by("id")

    def public_examples(self) -> RecordingQuerySet:
        return self.kept().exclude(public_example="").order_by("id")
