"""Sets of participants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from recruitment.models import Participant  # noqa: F401


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def taking_part(self) -> ParticipantQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def awaiting_erasure(self) -> ParticipantQuerySet:
        """Withdrawn, but their objects have not been deleted yet."""
        return self.filter(withdrawn_at__isnull=False, erased_at__isnull=True)
