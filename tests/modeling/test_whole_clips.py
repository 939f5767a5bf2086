"""Mixtures as long as their voices, padded within a batch, under a limit."""

from pathlib import Path

import numpy as np
import pytest
import torch

from modeling.data.bank import BankedClip, load_clips
from modeling.data.corpus import read_clips
from modeling.data.mixing import DynamicMixer, Surroundings
from modeling.data.rooms import RoomBank
from modeling.runs.config import MixingConfig

RATE_HZ = 8000


@pytest.fixture(scope="module")
def clips(corpus: Path) -> list[BankedClip]:
    listed = read_clips(corpus, split="train")
    return load_clips(listed, corpus=corpus, sample_rate_hz=RATE_HZ, speeds_percent=(100,))


def mixer(clips: list[BankedClip], *, crop_s: float, **config: float) -> DynamicMixer:
    return DynamicMixer(
        clips,
        surroundings=Surroundings(
            noises=[np.random.default_rng(0).standard_normal(500).astype(np.float32)],
            rooms=RoomBank([], sample_rate_hz=RATE_HZ),
        ),
        config=MixingConfig(crop_s=crop_s, whole_clips=True, speeds_percent=(100,), **config),
        sample_rate_hz=RATE_HZ,
        seed=5,
    )


def test_a_mixture_is_as_long_as_its_longest_voice(clips: list[BankedClip]) -> None:
    durations = {clip.length(speed_percent=100) for clip in clips}
    batch = mixer(clips, crop_s=30.0).draw_batch(12)
    assert set(batch.lengths_b.tolist()) <= durations and len(set(batch.lengths_b.tolist())) > 1
    assert batch.mix_bt.shape[-1] == batch.lengths_b.max()


def test_voices_that_overlap_in_part_get_the_room_they_need(clips: list[BankedClip]) -> None:
    longest = max(clip.length(speed_percent=100) for clip in clips)
    batch = mixer(
        clips, crop_s=30.0, partial_overlap_share=1.0, overlap_low=0.5, overlap_high=0.5
    ).draw_batch(12)
    assert longest < batch.lengths_b.max() <= 1.5 * longest + 1


def test_nothing_sounds_past_the_end(clips: list[BankedClip]) -> None:
    batch = mixer(
        clips, crop_s=30.0, noisy_share=1.0, noise_floor_share=1.0, reverberant_share=0.5
    ).draw_batch(8)
    for row, length in enumerate(batch.lengths_b.tolist()):
        for signals in (batch.mix_bt, batch.sources_bct, batch.early_bct, batch.dry_bct, batch.noise_bt):
            assert signals[row, ..., length:].abs().sum() == 0
        assert batch.mix_bt[row, length - 80 : length].abs().max() > 0


def test_the_crop_is_the_limit(clips: list[BankedClip]) -> None:
    batch = mixer(clips, crop_s=1.3).draw_batch(12)
    assert batch.lengths_b.max() == 10_400 and batch.lengths_b.min() < 10_400
    assert torch.equal(batch.references("dry"), batch.sources_bct)
