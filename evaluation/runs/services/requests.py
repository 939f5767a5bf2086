"""Ask for separations and estimates: by the step before them, and by the pull that repairs what was missed."""

from __future__ import annotations

from django.db import transaction

from collection.models import Recording
from core.jobs import enqueue
from core.models import Job, JobState
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import Separation
from evaluation.runs.querysets import recordings_to_compare, recordings_to_separate
from evaluation.runs.rules import ESTIMATE, SEPARATE, estimate_key, separation_key
from evaluation.runs.voice_rules import NOTE_VOICES, UNPAID_CHANNEL, subject_key

PULLED_AT_ONCE = 100
VOICES_IN_A_RECORDING = 2


def request_separation(*, recording: Recording, bundle: ModelBundle) -> Job:
    key = separation_key(recording_id=recording.pk, sha256=recording.sha256, digest=bundle.digest)
    return _ask(SEPARATE, key, {"recording_id": recording.pk, "bundle_id": bundle.pk})


def request_estimate(*, separation: Separation) -> Job | None:
    """Asks the default estimator; None while no estimator is registered (the pull asks later)."""
    bundle = default_bundle(ModelBundle.Kind.ESTIMATOR)
    if bundle is None or not Separation.objects.without_estimate_by(bundle).filter(pk=separation.pk).exists():
        return None
    key = estimate_key(separation_id=separation.pk, digest=bundle.digest)
    return _ask(ESTIMATE, key, {"separation_id": separation.pk, "bundle_id": bundle.pk})


def pull() -> int:
    """A bounded number of the oldest that lack a result and were not asked for; says how many."""
    count = 0
    separator = default_bundle(ModelBundle.Kind.SEPARATOR)
    if separator is not None:
        for recording in recordings_to_separate(separator)[:PULLED_AT_ONCE]:
            request_separation(recording=recording, bundle=separator)
            count += 1
    estimator = default_bundle(ModelBundle.Kind.ESTIMATOR)
    if estimator is not None:
        unasked = Separation.objects.kept().whole().unasked_estimate_by(estimator)
        for separation in unasked[:PULLED_AT_ONCE]:
            request_estimate(separation=separation)
            count += 1
    return count + pull_voices()


def pull_voices() -> int:
    """Once for each separated recording that somebody is paid for."""
    waiting = list(recordings_to_compare(unpaid_channel=UNPAID_CHANNEL)[:PULLED_AT_ONCE])
    for recording in waiting:
        _ask(NOTE_VOICES, subject_key(recording_id=recording.pk), {"recording_id": recording.pk})
    return len(waiting)


def default_bundle(kind: ModelBundle.Kind) -> ModelBundle | None:
    """The one in use; of separators that of two voices, for every recording has two speakers."""
    in_use = ModelBundle.objects.filter(kind=kind, is_default=True)
    if kind == ModelBundle.Kind.SEPARATOR:
        in_use = in_use.filter(num_sources=VOICES_IN_A_RECORDING)
    return in_use.first()


@transaction.atomic
def _ask(kind: str, key: str, payload: dict[str, int]) -> Job:
    # Asked for although it ran once: its result was lost (a restored database), so it runs again.
    Job.objects.filter(kind=kind, subject_key=key, state=JobState.DONE).delete()
    return enqueue(kind=kind, subject_key=key, payload=payload)
