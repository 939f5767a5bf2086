"""Sets of releases and tombstones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from collection.models import Campaign
    from releases.models import Release, WithdrawnRecording  # noqa: F401


class ReleaseQuerySet(models.QuerySet["Release"]):
    def published_of(self, campaign: Campaign) -> ReleaseQuerySet:
        """Versions that people may hold, also those that can no longer be downloaded."""
        return self.filter(campaign=campaign).exclude(state="building")


class WithdrawnRecordingQuerySet(models.QuerySet["WithdrawnRecording"]):
    def awaiting_recheck(self, *, withdrawn_before: datetime) -> WithdrawnRecordingQuerySet:
        return self.filter(rechecked_at__isnull=True, withdrawn_at__lt=withdrawn_before)
