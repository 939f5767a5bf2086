"""What a page says about one recording's separation: players, estimates, or why there are none yet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from collection.models import Recording
from core.models import Job, JobState
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import QualityEstimate, Separation, Stem
from evaluation.runs.readings import EstimateReading
from evaluation.runs.rules import ESTIMATE, SEPARATE, estimate_key, separation_key
from evaluation.runs.services.requests import default_bundle

SPECTROGRAM_MAX_HZ = 8_000
FAILED_STATES = (JobState.QUARANTINED, JobState.CANCELLED)


class Progress(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    NO_MODEL = "no_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far one job of a recording is; `ahead` counts the due jobs of its queue that come first."""

    progress: Progress
    ahead: int = 0
    problem: str = ""

    @property
    def is_waiting(self) -> bool:
        return self.progress == Progress.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class StemResult:
    stem: Stem
    estimate: QualityEstimate | None

    @property
    def reading(self) -> EstimateReading | None:
        return EstimateReading(estimate=self.estimate) if self.estimate else None

    @property
    def peaks_json(self) -> str:
        return json.dumps(self.stem.peaks, separators=(",", ":"))

    @property
    def spectrogram_khz(self) -> float:
        return spectrogram_khz(self.stem.sample_rate_hz)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResults:
    recording: Recording
    separation: Separation | None
    stems: list[StemResult]
    separating: Step
    estimating: Step

    @property
    def spectrogram_khz(self) -> float:
        return spectrogram_khz(self.recording.sample_rate_hz)


def spectrogram_khz(sample_rate_hz: int) -> float:
    """The top of the picture: stems at a lower rate show less than their mixture, and the page says so."""
    return min(SPECTROGRAM_MAX_HZ, sample_rate_hz / 2) / 1_000


def results_of(recording: Recording) -> RecordingResults:
    """The separation by the separator in use, else the newest; only a whole one, only while it is kept."""
    separation = shown_separation(recording)
    stems = _stem_results(separation) if separation else []
    return RecordingResults(
        recording=recording,
        separation=separation,
        stems=stems,
        separating=Step(progress=Progress.READY) if separation else _separation_step(recording),
        estimating=_estimate_step(separation, stems),
    )


def shown_separation(recording: Recording) -> Separation | None:
    kept = Separation.objects.kept().whole().filter(recording=recording)
    return kept.by_default_first().select_related("bundle").first()


def shown_stem(recording: Recording, *, source_number: int) -> Stem | None:
    return Stem.objects.filter(separation=shown_separation(recording), source_number=source_number).first()


def _stem_results(separation: Separation) -> list[StemResult]:
    estimates = QualityEstimate.objects.filter(stem__separation=separation).select_related("bundle")
    # The last of each stem wins: by the estimator in use, else the newest.
    best = {found.stem_id: found for found in estimates.order_by("bundle__is_default", "made_at", "pk")}
    return [StemResult(stem=stem, estimate=best.get(stem.pk)) for stem in separation.stems.all()]


def _separation_step(recording: Recording) -> Step:
    bundle = default_bundle(ModelBundle.Kind.SEPARATOR)
    if bundle is None:
        return Step(progress=Progress.NO_MODEL)
    key = separation_key(recording_id=recording.pk, sha256=recording.sha256, digest=bundle.digest)
    return _step_of(SEPARATE, key)


def _estimate_step(separation: Separation | None, stems: list[StemResult]) -> Step:
    if separation is None:
        return Step(progress=Progress.WAITING)
    if all(result.estimate for result in stems):
        return Step(progress=Progress.READY)
    bundle = default_bundle(ModelBundle.Kind.ESTIMATOR)
    if bundle is None:
        return Step(progress=Progress.NO_MODEL)
    return _step_of(ESTIMATE, estimate_key(separation_id=separation.pk, digest=bundle.digest))


def _step_of(kind: str, key: str) -> Step:
    job = Job.objects.filter(kind=kind, subject_key=key).first()
    if job is None:
        return Step(progress=Progress.WAITING)
    if job.state in FAILED_STATES:
        return Step(progress=Progress.FAILED, problem=job.last_error or "An admin cancelled the job.")
    ahead = Job.objects.due().filter(queue=job.queue, pk__lt=job.pk).count() if _is_queued(job) else 0
    return Step(progress=Progress.WAITING, ahead=ahead)


def _is_queued(job: Job) -> bool:
    return job.state == JobState.QUEUED
