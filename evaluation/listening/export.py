"""Ratings as they leave the platform: study-scoped listener numbers, no participant ids."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

from evaluation.listening.models import Presentation, Rating, Study
from evaluation.listening.results import mean_estimates
from evaluation.listening.rules.pseudonyms import listener_pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRow:
    """One rating; `position` counts from 1 in the order this listener heard the trials."""

    trial: str
    recording: str
    separator: str
    separator_digest: str
    listener: str
    position: int
    score: int
    rated_at: str
    estimator: str
    mean_si_snr_db: float | None
    mean_low_db: float | None
    mean_high_db: float | None
    convention: str
    abstains: bool | None


def ratings_as_csv(*, study: Study) -> str:
    page = io.StringIO()
    writer = csv.DictWriter(page, fieldnames=[field.name for field in fields(RatingRow)])
    writer.writeheader()
    writer.writerows(asdict(row) for row in rating_rows(study=study))
    return page.getvalue()


def rating_rows(*, study: Study) -> Iterator[RatingRow]:
    """Every rating that counts, oldest first."""
    estimates = mean_estimates(study=study)
    shown = Presentation.objects.filter(trial__study=study)
    positions = {(trial, who): at for trial, who, at in shown.values_list("trial", "participant", "position")}
    for rating in counted_ratings(study):
        separation = rating.trial.separation
        estimate = estimates.get(separation.pk)
        yield RatingRow(
            trial=str(rating.trial.public_id),
            recording=str(separation.recording.public_id),
            separator=separation.bundle.name,
            separator_digest=separation.bundle.digest,
            listener=listener_of(rating, study=study),
            position=positions[rating.trial_id, rating.participant_id],
            score=rating.score,
            rated_at=rating.rated_at.isoformat(timespec="seconds"),
            estimator=str(study.estimator or ""),
            mean_si_snr_db=estimate.si_snr_db if estimate else None,
            mean_low_db=estimate.low_db if estimate else None,
            mean_high_db=estimate.high_db if estimate else None,
            convention=estimate.convention if estimate else "",
            abstains=estimate.abstains if estimate else None,
        )


def counted_ratings(study: Study) -> Iterator[Rating]:
    ratings = Rating.objects.counted().filter(trial__study=study).order_by("rated_at", "id")
    yield from ratings.select_related(
        "trial__separation__recording", "trial__separation__bundle", "participant"
    )


def listener_of(rating: Rating, *, study: Study) -> str:
    return listener_pseudonym(key=study.effort.pseudonym_key, listener=str(rating.participant.public_id))
