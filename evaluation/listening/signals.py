"""The sound of a trial as a listener gets it: numbered signals, and nothing about who made them."""

from __future__ import annotations

from collection.models import DerivedObject, Recording
from core.http import ServedObject
from evaluation.listening.models import Trial
from evaluation.runs.models import Stem

MIXTURE = 0
COPIES_BY_RATE = {8_000: DerivedObject.Kind.FLAC_8K, 16_000: DerivedObject.Kind.FLAC_16K}


def signal_of(*, trial: Trial, number: int) -> ServedObject | None:
    """Signal 0 is the mixture, 1 and up are the stems; None where there is no such signal."""
    stems = list(trial.separation.stems.all())
    if number == MIXTURE:
        return mixture_beside(recording=trial.separation.recording, stems=stems)
    stem = next((stem for stem in stems if stem.source_number == number), None)
    if stem is None:
        return None
    return ServedObject(
        key=stem.object_key, byte_length=stem.byte_length, sha256=stem.sha256, content_type="audio/flac"
    )


def mixture_beside(*, recording: Recording, stems: list[Stem]) -> ServedObject:
    """The mixture at the rate of the stems where such a copy exists.

    A mixture with more treble than its stems would be heard as the better signal, whatever the separator did.
    """
    wanted = [COPIES_BY_RATE.get(stem.sample_rate_hz) for stem in stems[:1]]
    copies = {copy.kind: copy for copy in recording.derived_objects.all()}
    for kind in [*wanted, DerivedObject.Kind.FLAC_NATIVE]:
        if kind in copies:
            copy = copies[kind]
            return ServedObject(
                key=copy.object_key,
                byte_length=copy.byte_length,
                sha256=copy.sha256,
                content_type=copy.content_type,
            )
    return ServedObject(key=recording.object_key, byte_length=recording.byte_length, sha256=recording.sha256)
