"""Sets of studies, trials, presentations and ratings; withdrawn people are left out from the first query on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from evaluation.listening.rules.order import Candidate

if TYPE_CHECKING:
    from accounts.models import User
    from evaluation.listening.models import Presentation, Rating, Study, Trial  # noqa: F401

SPEAKERS_WITHDREW_AT = "separation__recording__participation__participant__withdrawn_at"
# A listener who has looked at a trial for longer has most likely gone away.
BEING_RATED_FOR = timedelta(minutes=30)


class StudyQuerySet(models.QuerySet["Study"]):
    def visible_to(self, user: User | AnonymousUser) -> StudyQuerySet:
        """Researchers and admins see every study; listeners reach one by its link, not by this set."""
        if user.is_authenticated and user.may_research:
            return self
        return self.none()


class TrialQuerySet(models.QuerySet["Trial"]):
    def presentable(self) -> TrialQuerySet:
        """Those whose speakers have not withdrawn the recording."""
        return self.filter(**{f"{SPEAKERS_WITHDREW_AT}__isnull": True})

    def of_withdrawn_recordings(self) -> TrialQuerySet:
        return self.filter(**{f"{SPEAKERS_WITHDREW_AT}__isnull": False})

    def candidates(self) -> list[Candidate]:
        """Each with its votes: ratings that count, and listeners who have it on their screen right now."""
        began_after = timezone.now() - BEING_RATED_FOR
        rated = Q(ratings__participant__withdrawn_at__isnull=True)
        on_a_screen = Q(
            presentations__state="open",
            presentations__presented_at__gt=began_after,
            presentations__participant__withdrawn_at__isnull=True,
        )
        votes = Count("ratings", filter=rated, distinct=True)
        screens = Count("presentations", filter=on_a_screen, distinct=True)
        rows = self.annotate(votes=votes + screens).values_list("public_id", "votes")
        return [Candidate(trial=str(trial), votes=count) for trial, count in rows]

    def not_yet_shown_to(self, participant_id: int) -> TrialQuerySet:
        return self.exclude(presentations__participant_id=participant_id)


class PresentationQuerySet(models.QuerySet["Presentation"]):
    def open(self) -> PresentationQuerySet:
        return self.filter(state="open")

    def of_withdrawn_recordings(self) -> PresentationQuerySet:
        return self.filter(**{f"trial__{SPEAKERS_WITHDREW_AT}__isnull": False})


class RatingQuerySet(models.QuerySet["Rating"]):
    def counted(self) -> RatingQuerySet:
        """Neither the listener nor the speakers have withdrawn; every figure and export starts here."""
        return self.filter(
            **{"participant__withdrawn_at__isnull": True, f"trial__{SPEAKERS_WITHDREW_AT}__isnull": True}
        )
