"""DPRNN has its published sizes, and separates a padded batch as it separates each item alone."""

import dataclasses

import pytest
import torch

from modeling.building import build_model
from modeling.models.configs import DprnnConfig
from tests.modeling.dual_path_checks import (
    assert_batch_equals_alone,
    assert_gradients_ignore_padding,
    assert_silence_and_short_signals_are_defined,
    noise,
    num_parameters,
    unsettled,
)

ASTEROID = DprnnConfig(
    filters=64,
    width=128,
    hidden_size=128,
    chunk_frames=100,
    hop_frames=50,
    chunk_padding="whole",
    encoder_activation="linear",
    mask_activation="sigmoid",
    bottleneck_bias=True,
)
TINY = {"filters": 12, "width": 8, "hidden_size": 6, "num_blocks": 2, "chunk_frames": 10, "hop_frames": 5}
VARIANTS = [DprnnConfig(**TINY), dataclasses.replace(ASTEROID, **TINY)]


def test_the_published_sizes() -> None:
    assert num_parameters(DprnnConfig()) == 14_617_089
    assert num_parameters(DprnnConfig(num_sources=3)) == 14_682_881
    assert num_parameters(ASTEROID) == 3_652_865


@pytest.mark.parametrize("config", VARIANTS)
def test_a_padded_batch_separates_as_each_item_alone(config: DprnnConfig) -> None:
    assert_batch_equals_alone(unsettled(config))


def test_several_recurrent_layers_and_sources_keep_items_apart() -> None:
    config = dataclasses.replace(VARIANTS[1], recurrent_layers=2, num_sources=3, hop_frames=3, chunk_frames=8)
    assert_batch_equals_alone(unsettled(config))


@pytest.mark.parametrize("config", VARIANTS)
def test_gradients_of_a_padded_batch_are_those_of_its_items(config: DprnnConfig) -> None:
    assert_gradients_ignore_padding(unsettled(config))


@pytest.mark.parametrize("config", VARIANTS)
def test_silence_and_the_shortest_signals_are_defined(config: DprnnConfig) -> None:
    assert_silence_and_short_signals_are_defined(build_model(config).eval())


def test_half_precision_stays_close_to_single() -> None:
    model, mix, lengths_b = unsettled(VARIANTS[0]), noise(2, 400), torch.tensor([400, 130])
    with torch.no_grad():
        single = model(mix, lengths_b)
        with torch.autocast("cpu", torch.bfloat16):
            half = model(mix, lengths_b)
    assert half.dtype == torch.float32
    assert (half - single).norm() < 0.05 * single.norm()
