"""Mixtures drawn ahead by workers: one stream for any number of them, resumed by its position."""

from pathlib import Path

import pytest
import torch

from modeling.data.bank import load_clips
from modeling.data.corpus import read_clips
from modeling.data.mixing import DynamicMixer, Surroundings
from modeling.data.mixing_config import MixingConfig
from modeling.data.prefetching import PrefetchingMixer
from modeling.data.rooms import RoomBank
from modeling.errors import InputRefused


@pytest.fixture(scope="module")
def mixer(corpus: Path) -> DynamicMixer:
    clips = read_clips(corpus, split="train")
    return DynamicMixer(
        load_clips(clips, corpus=corpus, sample_rate_hz=8000, speeds_percent=(100,)),
        surroundings=Surroundings(noises=[], rooms=RoomBank([], sample_rate_hz=8000)),
        config=MixingConfig(crop_s=0.2, speeds_percent=(100,), reverberant_share=0.5),
        sample_rate_hz=8000,
        seed=1,
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_the_stream_is_the_same_for_any_number_of_workers(mixer: DynamicMixer, workers: int) -> None:
    alone, helped = (PrefetchingMixer(mixer, seed=4, workers=number) for number in (0, workers))
    for _ in range(5):
        assert torch.equal(alone.draw_batch(3).mix_bt, helped.draw_batch(3).mix_bt)


def test_a_resumed_stream_goes_on_though_batches_were_drawn_ahead(mixer: DynamicMixer) -> None:
    stream, other = (PrefetchingMixer(mixer, seed=4, workers=2) for _ in range(2))
    for _ in range(3):
        stream.draw_batch(2)
    other.load_state_dict(stream.state_dict())
    assert torch.equal(stream.draw_batch(2).dry_bct, other.draw_batch(2).dry_bct)


def test_drawing_ahead_leaves_the_generator_of_training_alone(mixer: DynamicMixer) -> None:
    before = torch.get_rng_state()
    PrefetchingMixer(mixer, seed=4, workers=1).draw_batch(2)
    assert torch.equal(torch.get_rng_state(), before)


def test_another_size_starts_anew_at_the_same_position(mixer: DynamicMixer) -> None:
    stream = PrefetchingMixer(mixer, seed=4, workers=1)
    stream.draw_batch(2)
    assert stream.draw_batch(5).mix_bt.shape[0] == 5
    assert stream.state_dict() == {"batches_taken": 2}


def test_the_state_of_another_kind_of_stream_is_refused(mixer: DynamicMixer) -> None:
    with pytest.raises(InputRefused, match="mixing.workers=0"):
        PrefetchingMixer(mixer, seed=4, workers=1).load_state_dict(mixer.state_dict())
