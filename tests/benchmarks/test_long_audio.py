"""The long-audio benchmark sees a swap, and its conversations hold what they should."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.conversation import build_conversation
from benchmarks.long_audio import speaker_places
from benchmarks.report import CannotRun
from tests.modeling.conftest import corpus

__all__ = ["corpus"]

RATE_HZ = 1000


def voices() -> np.ndarray:
    rng = np.random.default_rng(0)
    sources = 0.1 * rng.standard_normal((2, 20 * RATE_HZ)).astype(np.float32)
    sources[1, : 5 * RATE_HZ] = 0.0
    sources[:, 8 * RATE_HZ : 10 * RATE_HZ] = 0.0
    return sources


def test_a_swap_in_the_middle_shows_and_silence_does_not_count() -> None:
    sources = voices()
    swapped = sources.copy()
    swapped[:, 12 * RATE_HZ :] = sources[::-1, 12 * RATE_HZ :]
    places = speaker_places(sources, 3 * swapped, sample_rate_hz=RATE_HZ)
    assert places.tolist() == 10 * [1] + 8 * [-1]


def test_an_even_mixture_in_both_stems_tells_nothing() -> None:
    both = np.repeat(voices().sum(axis=0, keepdims=True), 2, axis=0)
    assert len(speaker_places(voices(), both, sample_rate_hz=RATE_HZ)) == 0


def test_a_conversation_has_turns_overlaps_and_long_pauses(corpus: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.conversation.MINIMUM_CLIPS_S", 1.0)
        built = build_conversation(corpus, duration_s=120, sample_rate_hz=8000, seed=0)
    frames = np.abs(built.sources_ct.reshape(2, -1, 8000)).max(axis=2) > 1e-3
    assert (
        (frames[0] & frames[1]).any() and (frames[0] & ~frames[1]).any() and (~frames[0] & ~frames[1]).any()
    )
    assert built.speakers[0] != built.speakers[1]


def test_a_corpus_with_too_little_of_each_speaker_is_refused(corpus: Path) -> None:
    with pytest.raises(CannotRun, match="no test speaker of sex 'm' with 20 s of clips"):
        build_conversation(corpus, duration_s=10, sample_rate_hz=8000, seed=0)
