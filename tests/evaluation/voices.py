"""Voices that are made: a buzz through resonances, in words and pauses; two seeds are two takes of one person."""

import hashlib
import io
import uuid
from dataclasses import dataclass

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from scipy.signal import lfilter

from collection.models import Recording
from core.storage import object_store
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import Separation, Stem
from recruitment.models import Effort, WorkUnit
from recruitment.services.work_units import record_finished_work
from tests.factories import make_campaign, make_participation, make_recording
from tests.listening.studies import make_bundle

RATE_HZ = 8_000


@dataclass(frozen=True)
class Speaker:
    pitch_hz: float
    formants_hz: tuple[float, float, float]


DEEP = Speaker(105.0, (480.0, 1150.0, 2350.0))
HIGH = Speaker(215.0, (620.0, 1750.0, 2950.0))
SHARP = Speaker(170.0, (350.0, 2100.0, 3300.0))


def say(speaker: Speaker, *, seed: int, duration_s: float = 6.0) -> NDArray[np.float32]:
    """Syllables of 0.2 to 0.4 s whose pitch and resonances wander a little."""
    rng, words = np.random.default_rng(seed), []
    while sum(map(len, words)) < duration_s * RATE_HZ:
        length = int(rng.uniform(0.2, 0.4) * RATE_HZ)
        phase = np.cumsum(speaker.pitch_hz * rng.uniform(0.95, 1.05) * np.ones(length) / RATE_HZ)
        sound = (np.diff(np.floor(phase), prepend=0) > 0) + 0.02 * rng.standard_normal(length)
        for formant_hz in speaker.formants_hz:
            angle = 2 * np.pi * formant_hz * rng.uniform(0.93, 1.07) / RATE_HZ
            sound = lfilter([1.0], [1.0, -1.9 * np.cos(angle), 0.9025], sound)
        words += [sound * np.hanning(length) / np.abs(sound).max(), np.zeros(int(0.05 * RATE_HZ))]
    whole = np.concatenate(words)[: int(duration_s * RATE_HZ)] * 0.3
    return (whole + 1e-4 * rng.standard_normal(len(whole))).astype(np.float32)


def make_paid_effort() -> Effort:
    effort = make_campaign().effort
    Effort.objects.filter(pk=effort.pk).update(channel="mturk")
    return effort


def make_take(effort: Effort, *signals: NDArray[np.float32]) -> Recording:
    """A recording of new people, separated into these signals, with its unit of work."""
    participation = make_participation(campaign=effort.campaign)
    recording = make_recording(participation=participation)
    record_finished_work(
        participant=participation.participant, subject=recording.work_subject, evidence={"title": "Take 1"}
    )
    bundle = ModelBundle.objects.filter(kind="separator").first() or make_bundle()
    separation = Separation.objects.create(
        recording=recording, bundle=bundle, compute_s=0.1, code_version="1"
    )
    for number, signal in enumerate(signals, start=1):
        keep_stem(separation, number, signal)
    return recording


def keep_stem(separation: Separation, number: int, signal: NDArray[np.float32]) -> None:
    sound = io.BytesIO()
    sf.write(sound, signal, RATE_HZ, format="FLAC", subtype="PCM_16")
    data, key = sound.getvalue(), f"stems/{uuid.uuid4()}/{number}.flac"
    digest = hashlib.sha256(data).hexdigest()
    object_store().put(key=key, data=data, sha256=digest, content_type="audio/flac")
    facts = {"sample_rate_hz": RATE_HZ, "byte_length": len(data), "frames": len(signal)}
    Stem.objects.create(separation=separation, source_number=number, object_key=key, sha256=digest, **facts)


def unit_of(recording: Recording) -> WorkUnit:
    return WorkUnit.objects.get(subject=recording.work_subject)
