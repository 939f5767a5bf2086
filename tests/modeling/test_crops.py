"""Where voices sound in a crop: overlaps are what was asked for, and everything fits."""

import numpy as np
import pytest

from modeling.data.crops import place


@pytest.mark.parametrize("overlap", [0.3, 0.6, 1.0])
def test_two_full_voices_overlap_by_the_share(overlap: float) -> None:
    length = int(8000 / (2 - overlap))
    for seed in range(20):
        first, second = place(np.random.default_rng(seed), [length, length], samples=8000, overlap=overlap)
        assert first.overlap(second) / length == pytest.approx(overlap, abs=0.001)


def test_a_short_voice_overlaps_by_the_share_of_itself() -> None:
    for seed in range(20):
        long, short = place(np.random.default_rng(seed), [4000, 1000], samples=8000, overlap=0.4)
        assert long.overlap(short) == 400


@pytest.mark.parametrize("voices", [2, 3, 5])
def test_every_voice_fits_and_overlaps_at_least_so_much(voices: int) -> None:
    for seed in range(100):
        rng = np.random.default_rng(seed)
        overlap = float(rng.uniform(0.3, 1.0))
        lengths = [int(rng.integers(100, int(8000 / (2 - overlap)))) for _ in range(voices)]
        extents = place(rng, lengths, samples=8000, overlap=overlap)
        longest = max(extents, key=lambda each: each.length)
        assert all(each.start >= 0 and each.start + each.length <= 8000 for each in extents)
        assert all(each.overlap(longest) >= int(overlap * each.length) for each in extents)


def test_voices_start_early_and_late_alike() -> None:
    firsts = [
        place(np.random.default_rng(seed), [4000, 4000], samples=6000, overlap=0.5)[0].start
        for seed in range(100)
    ]
    assert {min(firsts), max(firsts)} == {0, 2000} and 20 < sum(start == 0 for start in firsts) < 80
