"""Note in a recording's unit of work what its two voices sound like, and whom they resemble; it decides nothing.

Only for efforts with a channel that pays people: where nobody is paid, nobody has a reason to come twice, and a
description of a voice that is not needed is not made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from audio.files import read_audio
from audio.voice_prints import Samples, voice_features
from collection.models import Recording
from core.storage import object_store
from evaluation.runs.models import Separation, Stem
from evaluation.runs.results import shown_separation
from evaluation.runs.voice_rules import KEY, VERSION, likeness, sharing_subjects, shipped_scale
from recruitment.models import Participant, WorkUnit

LONGEST_STEM_S = 3_600


def note_voices(*, recording: Recording) -> WorkUnit | None:
    """Write `voices` into the evidence of the recording's unit of work; None where there is nothing to note."""
    separation = shown_separation(recording)
    if separation is None or recording.participation.participant.has_withdrawn:
        return None
    embeddings = embeddings_of(separation)
    return write_voices(recording=recording, embeddings=embeddings)


def embeddings_of(separation: Separation) -> list[list[float] | None]:
    """One for each stem; None for a stem with too little speech of its own."""
    stems = list(separation.stems.all())
    signals = [samples_of(stem) for stem in stems]
    shortest = min(map(len, signals))
    described = voice_features(
        [signal[:shortest] for signal in signals], sample_rate_hz=stems[0].sample_rate_hz
    )
    scale = shipped_scale()
    return [None if features is None else scale.embedding(features) for features in described]


def samples_of(stem: Stem) -> Samples:
    data = b"".join(object_store().iterate(stem.object_key))
    samples = read_audio(io.BytesIO(data), max_duration_s=LONGEST_STEM_S).samples
    mono: Samples = samples.reshape(len(samples), -1).mean(axis=1)
    return mono


@transaction.atomic
def write_voices(*, recording: Recording, embeddings: list[list[float] | None]) -> WorkUnit | None:
    """Under the lock of the participant, so that a withdrawal comes wholly before or wholly after."""
    participants = Participant.objects.select_for_update().taking_part()
    participant = participants.filter(pk=recording.participation.participant_id).first()
    units = WorkUnit.objects.select_for_update().filter(participant=participant)
    unit = units.filter(subject=recording.work_subject).first() if participant else None
    if unit is None:
        return None
    unit.evidence = {**unit.evidence, KEY: found_in(unit, embeddings)}
    unit.save(update_fields=["evidence"])
    return unit


def found_in(unit: WorkUnit, embeddings: list[list[float] | None]) -> dict[str, Any]:
    scale, heard = shipped_scale(), [each for each in embeddings if each is not None]
    found: dict[str, Any] = {"version": VERSION, "embedding": embeddings}
    if heard:
        found["same_voice_as"] = sharing_subjects(heard, other_units(unit), scale=scale)
    if len(heard) == 2:
        found["single_voice_probability"] = round(scale.one_person_probability(likeness(*heard)), 3)
    return found


def other_units(unit: WorkUnit) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of the same effort, by other participants who have not withdrawn."""
    others = WorkUnit.objects.filter(
        participant__effort=unit.participant.effort_id,
        participant__withdrawn_at__isnull=True,
        evidence__has_key=KEY,
    ).exclude(participant=unit.participant_id)
    yield from others.values_list("subject", "evidence").iterator(chunk_size=500)


@transaction.atomic
def unname_withdrawn(*, participant: Participant) -> int:
    """For an erasure: nobody else's evidence says any more that they sounded like this participant."""
    gone = set(participant.work_units.values_list("subject", flat=True))
    changed = 0
    others = WorkUnit.objects.select_for_update().filter(evidence__has_key=KEY)
    for unit in others.filter(participant__effort=participant.effort_id).exclude(participant=participant.pk):
        voices = unit.evidence[KEY]
        kept = [subject for subject in voices.get("same_voice_as", []) if subject not in gone]
        if len(kept) != len(voices.get("same_voice_as", [])):
            unit.evidence = {**unit.evidence, KEY: {**voices, "same_voice_as": kept}}
            unit.save(update_fields=["evidence"])
            changed += 1
    return changed
