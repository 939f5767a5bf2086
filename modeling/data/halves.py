"""Training speakers in two halves, so that a separator and an estimator never learn from the same voices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from modeling.data.corpus import Clip

Half = Literal["A", "B"]

HALVES_SEED = 1
"""Part of every pool ever made: another seed would let separators teach with speakers they learned from."""

UNDIVIDED_SOURCES = {"pico"}
"""Corpora whose ids are groups: one person may be in several, so the whole corpus goes to one half."""


def half_of(speaker_id: str) -> Half:
    """The half a speaker belongs to: the same on every machine and for every corpus that holds the speaker."""
    source = speaker_id.partition("_")[0]
    key = source if source in UNDIVIDED_SOURCES else speaker_id
    digest = hashlib.sha256(f"{HALVES_SEED}:{key}".encode()).digest()
    return "A" if digest[0] % 2 == 0 else "B"


def clips_of_half(clips: Sequence[Clip], half: Literal["A", "B", "all"]) -> list[Clip]:
    """Those whose speaker belongs to the half; all of them for `all`."""
    return [clip for clip in clips if half in ("all", half_of(clip.speaker_id))]
