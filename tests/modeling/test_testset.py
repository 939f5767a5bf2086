"""Fixed sets are drawn the same everywhere, frozen, and rebuilt exactly."""

import dataclasses
from pathlib import Path

import pytest
import torch

from modeling.data.corpus import read_clips
from modeling.data.testset import (
    FROZEN_CLEAN_TEST,
    draw_fixed_mixtures,
    read_fixed_mixtures,
    render_mixtures,
)
from tests.modeling.written_files import write_fixed_mixtures


def test_one_seed_draws_one_set(corpus: Path) -> None:
    clips = read_clips(corpus, split="test")
    first = draw_fixed_mixtures(clips, count=20, seed=1)
    assert first == draw_fixed_mixtures(list(reversed(clips)), count=20, seed=1)
    assert first != draw_fixed_mixtures(clips, count=20, seed=2)


def test_a_frozen_set_reads_back_as_drawn(corpus: Path, tmp_path: Path) -> None:
    drawn = draw_fixed_mixtures(read_clips(corpus, split="test"), count=5, seed=1)
    write_fixed_mixtures(tmp_path / "set.jsonl", drawn)
    assert read_fixed_mixtures(tmp_path / "set.jsonl") == drawn


def test_a_mixture_has_the_frozen_levels_and_length(corpus: Path) -> None:
    drawn = draw_fixed_mixtures(read_clips(corpus, split="test"), count=4, seed=3)
    for item in render_mixtures(drawn, corpus=corpus, sample_rate_hz=8000):
        energies = item.sources_ct.square().mean(dim=-1)
        sir_db = 10 * torch.log10(energies[0] / energies[1]).item()
        assert sir_db == pytest.approx(item.mixture.sir_db, abs=0.01)
        assert len(item.mix_t) == int(item.mixture.duration_s * 8000)
        torch.testing.assert_close(item.mix_t, item.sources_ct.sum(dim=0))
        assert item.mix_t.abs().max() <= 0.9001


def test_a_clip_shorter_than_its_manifest_says_still_mixes(corpus: Path) -> None:
    drawn = draw_fixed_mixtures(read_clips(corpus, split="test"), count=1, seed=3)
    longer = dataclasses.replace(drawn[0], duration_s=drawn[0].duration_s + 0.0005)
    (item,) = render_mixtures([longer], corpus=corpus, sample_rate_hz=8000)
    assert item.sources_ct.shape == (2, int(drawn[0].duration_s * 8000))


def test_the_shipped_test_set_is_what_its_description_says() -> None:
    mixtures = read_fixed_mixtures(FROZEN_CLEAN_TEST)
    same_source = sum(mixture.is_same_source for mixture in mixtures) / len(mixtures)
    assert len(mixtures) == 300 and 0.62 < same_source < 0.78
    assert all(abs(mixture.sir_db) <= 5.0 and 1.0 <= mixture.duration_s <= 8.0 for mixture in mixtures)
    assert all(Path(mixture.first).parent != Path(mixture.second).parent for mixture in mixtures)
    assert all(mixture.first.endswith(".flac") and mixture.second.endswith(".flac") for mixture in mixtures)
