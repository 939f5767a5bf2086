"""Sets of separations, and of what still has to be separated or estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from collection.models import Recording
from core.models import Job, JobState
from evaluation.registry.models import ModelBundle
from evaluation.runs.rules import CODE_VERSION, ESTIMATE, SEPARATE
from evaluation.runs.voice_rules import NOTE_VOICES, VERSION

if TYPE_CHECKING:
    from evaluation.runs.models import Separation  # noqa: F401


class SeparationQuerySet(models.QuerySet["Separation"]):
    def kept(self) -> SeparationQuerySet:
        """Not of a recording that a speaker has withdrawn."""
        return self.filter(recording__participation__participant__withdrawn_at__isnull=True)

    def whole(self) -> SeparationQuerySet:
        """With every stem its bundle promises; the only ones a page may show."""
        return self.annotate(stem_count=models.Count("stems")).filter(
            stem_count__gte=F("bundle__num_sources")
        )

    def by_default_first(self) -> SeparationQuerySet:
        """By the separator in use, then the newest of those that were in use before."""
        return self.order_by("-bundle__is_default", "bundle__num_sources", "-made_at", "-pk")

    def without_estimate_by(self, bundle: ModelBundle) -> SeparationQuerySet:
        from evaluation.runs.models import QualityEstimate

        estimated = QualityEstimate.objects.filter(
            stem__separation=OuterRef("pk"), bundle=bundle, code_version=CODE_VERSION
        )
        return self.filter(~Exists(estimated)).order_by("pk")

    def unasked_estimate_by(self, bundle: ModelBundle) -> SeparationQuerySet:
        """Those that no job waits, runs or lies in quarantine for."""
        key = Concat(
            Cast(OuterRef("pk"), CharField()),
            Value(f":{bundle.digest}:{CODE_VERSION}"),
            output_field=CharField(),
        )
        return self.without_estimate_by(bundle).filter(~Exists(_asked(ESTIMATE, key)))


def recordings_to_separate(bundle: ModelBundle) -> QuerySet[Recording]:
    """Kept recordings without a separation by this bundle that no job waits, runs or lies in quarantine for."""
    from evaluation.runs.models import Separation

    separated = Separation.objects.filter(recording=OuterRef("pk"), bundle=bundle, code_version=CODE_VERSION)
    key = Concat(
        Cast(OuterRef("pk"), CharField()),
        Value(":"),
        OuterRef("sha256"),
        Value(f":{bundle.digest}:{CODE_VERSION}"),
        output_field=CharField(),
    )
    missing = Recording.objects.kept().filter(~Exists(separated), ~Exists(_asked(SEPARATE, key)))
    return missing.order_by("stored_at", "pk")


def recordings_to_compare(*, unpaid_channel: str) -> QuerySet[Recording]:
    """Separated recordings of paid efforts whose voices nobody was asked to note yet."""
    from evaluation.runs.models import Separation

    separated = Separation.objects.filter(recording=OuterRef("pk"))
    key = Concat(Cast(OuterRef("pk"), CharField()), Value(f":{VERSION}"), output_field=CharField())
    asked = Job.objects.filter(kind=NOTE_VOICES, subject_key=key)
    of_paid = Recording.objects.kept().exclude(participation__participant__effort__channel=unpaid_channel)
    return of_paid.filter(Exists(separated), ~Exists(asked)).order_by("pk")


def _asked(kind: str, key: Concat) -> QuerySet[Job]:
    """A finished job whose result is not there counts as not asked: the pull asks again."""
    return Job.objects.filter(kind=kind, subject_key=key).exclude(state=JobState.DONE)
