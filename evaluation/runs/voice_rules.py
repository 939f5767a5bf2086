"""When two separated voices count as one person: numbers that were measured, and what they mean.

`voice_scale.json` is made by `python -m benchmarks voices --fit`; `python -m benchmarks voices` measures how often
it errs on people it has never heard.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

VERSION: Final = 1
KEY: Final = "voices"
NOTE_VOICES: Final = "runs.note_voices"
UNPAID_CHANNEL: Final = "open"
SCALE_FILE: Final = Path(__file__).with_name("voice_scale.json")
DECIMALS: Final = 3
MOST_NAMED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceScale:
    """Turns features into directions in which people differ more than takes of one person do."""

    mean: Array
    directions: Array  # (features, dimensions)
    one_voice_from: float  # likeness from which two takes are said to share a voice
    both_voices_from: float  # the same where both voices of one take find one each in the other
    one_person_slope: float  # of the logistic curve for the two voices of one take
    one_person_middle: float

    def embedding(self, features: Array) -> list[float]:
        """Rounded, of length one: enough to compare, and not to listen to."""
        turned = (features - self.mean) @ self.directions
        length = float(np.linalg.norm(turned)) or 1.0
        return [round(float(value), DECIMALS) for value in turned / length]

    def sharing(self, own: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> float:
        """How surely two takes share a voice: above 0 they are said to, by one very like voice or by both."""
        if not own or not theirs:
            return -1.0
        table = np.array(own) @ np.array(theirs).T
        one_voice = float(table.max()) - self.one_voice_from
        if table.shape != (2, 2):
            return one_voice
        straight, crossed = min(table[0, 0], table[1, 1]), min(table[0, 1], table[1, 0])
        return max(one_voice, float(max(straight, crossed)) - self.both_voices_from)

    def one_person_probability(self, likeness: float) -> float:
        """That both voices of a take are one person's."""
        exponent = -self.one_person_slope * (likeness - self.one_person_middle)
        return 1 / (1 + math.exp(min(max(exponent, -50.0), 50.0)))


@lru_cache(maxsize=1)
def shipped_scale() -> VoiceScale:
    return scale_from_json(json.loads(SCALE_FILE.read_text()))


def scale_from_json(stored: dict[str, Any]) -> VoiceScale:
    return VoiceScale(
        mean=np.array(stored["mean"]),
        directions=np.array(stored["directions"]),
        one_voice_from=stored["one_voice_from"],
        both_voices_from=stored["both_voices_from"],
        one_person_slope=stored["one_person_slope"],
        one_person_middle=stored["one_person_middle"],
    )


def likeness(first: Sequence[float], second: Sequence[float]) -> float:
    """-1 to 1: the cosine of two embeddings."""
    return float(np.dot(first, second))


def subject_key(*, recording_id: int) -> str:
    """Subject of the job that looks at a recording's voices."""
    return f"{recording_id}:{VERSION}"


def embeddings_in(evidence: dict[str, Any]) -> list[list[float]]:
    """The embeddings of this version that a unit of work carries."""
    voices = evidence.get(KEY)
    if not isinstance(voices, dict) or voices.get("version") != VERSION:
        return []
    return [found for found in voices.get("embedding", []) if found]


def sharing_subjects(
    own: Sequence[Sequence[float]], others: Iterable[tuple[str, dict[str, Any]]], *, scale: VoiceScale
) -> list[str]:
    """Which of the others (subject, evidence) have a voice like one of these, the surest first."""
    found = []
    for subject, evidence in others:
        surely = scale.sharing(own, embeddings_in(evidence))
        if surely >= 0:
            found.append((surely, subject))
    return [subject for _, subject in sorted(found, reverse=True)[:MOST_NAMED]]
