"""What a study has found so far: mean ratings beside estimates, and how far they agree."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean

from django.db.models import Prefetch

from evaluation.listening.models import Rating, Study, Trial
from evaluation.listening.rules.conclusions import conclude
from evaluation.listening.rules.statistics import (
    FEWEST_FOR_AN_INTERVAL,
    Correlation,
    MeanOpinion,
    mean_opinion,
    pearson,
    spearman,
)
from evaluation.runs.models import QualityEstimate
from evaluation.runs.readings import EstimateReading


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanEstimate:
    """Means over the stems of one separation; those of the ends show how sure the single estimates are.

    `abstains` as soon as one stem is unlike anything the estimator was calibrated on.
    """

    si_snr_db: float
    low_db: float | None
    high_db: float | None
    convention: str
    abstains: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """One trial; `estimate` is None until every stem has one."""

    trial: Trial
    number: int
    opinion: MeanOpinion
    estimate: MeanEstimate | None

    @property
    def si_snr_db(self) -> float | None:
        return self.estimate.si_snr_db if self.estimate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResults:
    """Everything the study page and its plot show; withdrawn people are not in it."""

    trials: list[TrialResult]
    listeners: int
    ratings: int
    pearson: Correlation
    spearman: Correlation

    @property
    def compared(self) -> list[TrialResult]:
        return [result for result in self.trials if result.opinion.n and result.si_snr_db is not None]

    @property
    def unrated(self) -> int:
        return sum(result.opinion.n == 0 for result in self.trials)

    @property
    def conclusions(self) -> list[str]:
        thin = sum(result.opinion.n < FEWEST_FOR_AN_INTERVAL for result in self.compared)
        return conclude(agreement=self.pearson, listeners=self.listeners, thin_trials=thin)


def study_results(*, study: Study) -> StudyResults:
    trials = trial_results(study=study)
    pairs = [
        (result.si_snr_db, result.opinion.mean)
        for result in trials
        if result.si_snr_db is not None and result.opinion.mean is not None
    ]
    estimates, means = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    counted = Rating.objects.counted().filter(trial__study=study)
    return StudyResults(
        trials=trials,
        listeners=counted.values("participant").distinct().count(),
        ratings=counted.count(),
        pearson=pearson(x=estimates, y=means),
        spearman=spearman(x=estimates, y=means),
    )


def trial_results(*, study: Study) -> list[TrialResult]:
    counted = Prefetch("ratings", queryset=Rating.objects.counted(), to_attr="counted_ratings")
    trials = (
        study.trials.presentable()
        .select_related("separation__recording__participation", "separation__bundle")
        .prefetch_related(counted)
        .order_by("id")
    )
    estimates = mean_estimates(study=study)
    return [
        TrialResult(
            trial=trial,
            number=number,
            opinion=mean_opinion(scores=[rating.score for rating in getattr(trial, "counted_ratings", [])]),
            estimate=estimates.get(trial.separation_id),
        )
        for number, trial in enumerate(trials, start=1)
    ]


def mean_estimates(*, study: Study) -> dict[int, MeanEstimate]:
    """By separation: over its stems, the newest estimate of each by the study's estimator, where complete."""
    estimates = QualityEstimate.objects.filter(
        bundle=study.estimator_id, stem__separation__trials__study=study
    ).select_related("stem", "bundle")
    newest: dict[int, dict[int, QualityEstimate]] = defaultdict(dict)
    for estimate in estimates.order_by("made_at", "id"):
        newest[estimate.stem.separation_id][estimate.stem_id] = estimate
    stems: dict[int, int] = defaultdict(int)
    for separation in study.trials.values_list("separation", flat=True).filter(
        separation__stems__isnull=False
    ):
        stems[separation] += 1
    return {
        separation: mean_estimate(list(by_stem.values()))
        for separation, by_stem in newest.items()
        if len(by_stem) == stems[separation]
    }


def mean_estimate(estimates: list[QualityEstimate]) -> MeanEstimate:
    """Of one separation; what one stem does not say, the separation does not say."""
    return MeanEstimate(
        si_snr_db=fmean(estimate.si_snr_db for estimate in estimates),
        low_db=mean_of_all([estimate.low_db for estimate in estimates]),
        high_db=mean_of_all([estimate.high_db for estimate in estimates]),
        convention=EstimateReading(estimate=estimates[0]).convention,
        abstains=any(estimate.abstains for estimate in estimates),
    )


def mean_of_all(figures: list[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return fmean(known) if len(known) == len(figures) else None
