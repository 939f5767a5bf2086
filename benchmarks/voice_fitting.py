"""Make the scale of voices: directions in which people differ more than takes of one person, and the thresholds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from benchmarks.voice_takes import Voice

Array = NDArray[np.float64]
DIMENSIONS = 24
SHRINKAGE = 0.3
DECIMALS = 5
ONE_VOICE_FALSE_SHARE = 0.0001
"""Comparisons of two people with one kind of microphone that may reach the threshold for a single voice."""
BOTH_VOICES_FALSE_SHARE = 0.016
"""The same for the threshold that both voices of a take must reach: by chance 2 times its square of take pairs."""
ONE_PERSON_FALSE_SHARE = 0.01
"""Takes of two people that may reach a probability of 0.9 of being one person's."""
SLOPE = 20.0
NINE_TENTHS_LOGIT = float(np.log(9.0))


def fit_scale(voices: Sequence[Voice]) -> dict[str, Any]:
    """Linear discriminants between speakers, within their source: what tells two microphones apart is no voice."""
    mean, directions = discriminants(voices)
    stored = {"mean": rounded(mean), "directions": rounded(directions)}
    return {"version": 1, **stored, **thresholds(voices)}


def discriminants(voices: Sequence[Voice]) -> tuple[Array, Array]:
    features = np.array([voice.features for voice in voices])
    within, between = scatters(voices, features)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.diag(np.diag(within))
    _, vectors = eigh(between, within)
    return features.mean(axis=0), vectors[:, ::-1][:, :DIMENSIONS]


def scatters(voices: Sequence[Voice], features: Array) -> tuple[Array, Array]:
    """Of features around their speaker, and of speakers around their source."""
    rows_of: dict[tuple[str, str], list[int]] = defaultdict(list)
    sources: dict[str, list[int]] = defaultdict(list)
    for row, voice in enumerate(voices):
        rows_of[(voice.source, voice.speaker_id)].append(row)
        sources[voice.source].append(row)
    several = {key: rows for key, rows in rows_of.items() if len(rows) > 1}
    centred = np.concatenate([features[rows] - features[rows].mean(axis=0) for rows in several.values()])
    means = np.array(
        [
            features[rows].mean(axis=0) - features[sources[key[0]]].mean(axis=0)
            for key, rows in rows_of.items()
        ]
    )
    degrees_of_freedom = max(1, len(centred) - len(several))
    return centred.T @ centred / degrees_of_freedom, means.T @ means / len(means)


def thresholds(voices: Sequence[Voice]) -> dict[str, float]:
    """From people whom the directions were not made from: each half of the speakers, by the other half's."""
    speakers = sorted({voice.speaker_id for voice in voices})
    across, inside = [], []
    for fold in (0, 1):
        heard = set(speakers[fold::2])
        fitting = [voice for voice in voices if voice.speaker_id not in heard]
        others, one_take = likenesses_of_two(
            [voice for voice in voices if voice.speaker_id in heard], fitting
        )
        across.append(others)
        inside.append(one_take)
    nine_tenths = quantile(inside, 1 - ONE_PERSON_FALSE_SHARE)
    return {
        "one_voice_from": quantile(across, 1 - ONE_VOICE_FALSE_SHARE),
        "both_voices_from": quantile(across, 1 - BOTH_VOICES_FALSE_SHARE),
        "one_person_slope": SLOPE,
        "one_person_middle": round(nine_tenths - NINE_TENTHS_LOGIT / SLOPE, 3),
    }


def likenesses_of_two(voices: Sequence[Voice], fitting: Sequence[Voice]) -> tuple[Array, Array]:
    """Of different people of one source: across takes, and within one take."""
    mean, directions = discriminants(fitting)
    turned = (np.array([voice.features for voice in voices]) - mean) @ directions
    embedded = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    rows, columns = np.triu_indices(len(voices), k=1)
    found = np.einsum("ij,ij->i", embedded[rows], embedded[columns])
    speakers, sources, takes = (
        np.array([getattr(voice, name) for voice in voices]) for name in ("speaker_id", "source", "take")
    )
    are_other = (speakers[rows] != speakers[columns]) & (sources[rows] == sources[columns])
    is_one_take = takes[rows] == takes[columns]
    return found[are_other & ~is_one_take], found[are_other & is_one_take]


def quantile(parts: Sequence[Array], share: float) -> float:
    return round(float(np.quantile(np.concatenate(parts), share)), 3)


def rounded(values: Array) -> list[Any]:
    listed: list[Any] = np.round(values, DECIMALS).tolist()
    return listed
