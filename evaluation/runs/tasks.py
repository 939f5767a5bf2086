"""Jobs and the pull of runs; the work itself is in services."""

from __future__ import annotations

from typing import Any

from collection.models import Recording
from core.jobs import job
from core.storage.erasure import missing_only_if_erased
from core.timers import timer
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.archives import unpacked_folder
from evaluation.runs.models import Separation
from evaluation.runs.rules import ESTIMATE, SEPARATE
from evaluation.runs.services.estimates import estimate_separation
from evaluation.runs.services.requests import pull
from evaluation.runs.services.separations import separate_recording
from evaluation.runs.services.voices import note_voices
from evaluation.runs.voice_rules import NOTE_VOICES

PULL_PERIOD_S = 3


def ready_bundle(bundle_id: int) -> ModelBundle:
    bundle = ModelBundle.objects.get(pk=bundle_id)
    unpacked_folder(bundle)
    return bundle


@job(kind=SEPARATE, queue="gpu", time_limit_s=600)
def separate(payload: dict[str, Any]) -> None:
    recordings = Recording.objects.kept().filter(pk=payload["recording_id"])
    recording = recordings.first()
    if recording is None:
        return
    with missing_only_if_erased(recordings):
        separate_recording(recording=recording, bundle=ready_bundle(payload["bundle_id"]))


@job(kind=ESTIMATE, queue="gpu", time_limit_s=600)
def estimate(payload: dict[str, Any]) -> None:
    # An erasure after a withdrawal takes the row away while its job waits: then there is nothing to do.
    separations = Separation.objects.kept().filter(pk=payload["separation_id"])
    separation = separations.first()
    if separation is None:
        return
    with missing_only_if_erased(separations):
        estimate_separation(separation=separation, bundle=ready_bundle(payload["bundle_id"]))


@job(kind=NOTE_VOICES, queue="cpu", time_limit_s=300)
def compare_voices(payload: dict[str, Any]) -> None:
    recordings = Recording.objects.kept().filter(pk=payload["recording_id"])
    recording = recordings.first()
    if recording is None:
        return
    with missing_only_if_erased(recordings):
        note_voices(recording=recording)


@timer(name="pull runs", every_s=PULL_PERIOD_S)
def pull_runs() -> None:
    pull()
