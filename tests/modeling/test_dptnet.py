"""DPTNet has its published size, and separates a padded batch as it separates each item alone."""

import dataclasses

import torch

from modeling.building import build_model
from modeling.models.configs import DptnetConfig
from tests.modeling.dual_path_checks import (
    assert_batch_equals_alone,
    assert_gradients_ignore_padding,
    assert_silence_and_short_signals_are_defined,
    noise,
    num_parameters,
    unsettled,
)

TINY = DptnetConfig(filters=8, num_heads=2, hidden_size=6, num_blocks=2, chunk_frames=10, hop_frames=5)


def test_the_published_size() -> None:
    assert num_parameters(DptnetConfig()) == 8_529_025


def test_a_padded_batch_separates_as_each_item_alone() -> None:
    assert_batch_equals_alone(unsettled(TINY))


def test_three_sources_and_other_chunks_keep_items_apart() -> None:
    config = dataclasses.replace(TINY, num_sources=3, chunk_frames=7, hop_frames=3, mask_activation="sigmoid")
    assert_batch_equals_alone(unsettled(config))


def test_gradients_of_a_padded_batch_are_those_of_its_items() -> None:
    assert_gradients_ignore_padding(unsettled(TINY))


def test_silence_and_the_shortest_signals_are_defined() -> None:
    assert_silence_and_short_signals_are_defined(build_model(TINY).eval())


def test_dropout_acts_in_training_only() -> None:
    model, mix = unsettled(dataclasses.replace(TINY, dropout=0.3)), noise(1, 400)
    assert torch.equal(model(mix), model(mix))
    model.train()
    assert not torch.equal(model(mix), model(mix))


def test_half_precision_stays_close_to_single() -> None:
    model, mix, lengths_b = unsettled(TINY), noise(2, 400), torch.tensor([400, 130])
    with torch.no_grad():
        single = model(mix, lengths_b)
        with torch.autocast("cpu", torch.bfloat16):
            half = model(mix, lengths_b)
    assert (half - single).norm() < 0.05 * single.norm()
