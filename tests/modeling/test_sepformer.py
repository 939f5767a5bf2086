"""SepFormer has its published sizes, any length, exact padded batches, and a memory that training can choose."""

import dataclasses

import pytest
import torch
from torch import nn

from modeling.building import build_model
from modeling.models import sepformer
from modeling.models.configs import SepformerConfig
from modeling.models.normed_product import normed_product
from tests.modeling.dual_path_checks import (
    assert_batch_equals_alone,
    assert_gradients_ignore_padding,
    assert_silence_and_short_signals_are_defined,
    noise,
    num_parameters,
    unsettled,
)

TINY = SepformerConfig(
    filters=12,
    width=8,
    num_heads=2,
    feedforward_size=10,
    intra_layers=2,
    inter_layers=2,
    num_blocks=2,
    chunk_frames=10,
)


def gradients(model: nn.Module, mix: torch.Tensor) -> list[torch.Tensor]:
    model.zero_grad()
    model(mix).square().sum().backward()
    return [parameter.grad.clone() for parameter in model.parameters()]


def test_the_published_sizes() -> None:
    assert num_parameters(SepformerConfig()) == 25_679_361
    assert num_parameters(SepformerConfig(num_sources=3)) == 25_745_153


def test_a_padded_batch_separates_as_each_item_alone() -> None:
    assert_batch_equals_alone(unsettled(TINY))
    assert_batch_equals_alone(unsettled(dataclasses.replace(TINY, num_sources=3)), (1, 700, 90))


def test_gradients_of_a_padded_batch_are_those_of_its_items() -> None:
    assert_gradients_ignore_padding(unsettled(TINY))


def test_silence_and_the_shortest_signals_are_defined() -> None:
    assert_silence_and_short_signals_are_defined(build_model(TINY).eval())


@torch.no_grad()
def test_more_than_2500_chunks_are_no_limit() -> None:
    model = unsettled(dataclasses.replace(TINY, intra_layers=1, inter_layers=1, num_blocks=1, chunk_frames=2))
    stems = model(noise(1, 8 * 2600))
    assert stems.shape == (1, 2, 8 * 2600) and torch.isfinite(stems).all()


def test_positions_are_sines_and_cosines_in_turn() -> None:
    positions = sepformer.sinusoidal_positions(3000, 8, torch.device("cpu"))
    assert positions.shape == (3000, 8)
    torch.testing.assert_close(
        positions[2999, 2].double(), torch.tensor(2999 * 0.1).double().sin(), atol=1e-3, rtol=0
    )
    assert positions[0].tolist() == [0.0, 1.0] * 4


def test_rows_in_groups_come_out_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, mix, lengths_b = unsettled(TINY), noise(2, 900), torch.tensor([900, 400])
    at_once = model(mix, lengths_b).detach()
    monkeypatch.setattr(sepformer, "STEPS_AT_ONCE", 30)
    with torch.no_grad():
        torch.testing.assert_close(model(mix, lengths_b), at_once, rtol=1e-5, atol=1e-7)


def test_checkpointed_layers_have_the_same_gradients() -> None:
    plain = unsettled(TINY)
    frugal = build_model(dataclasses.replace(TINY, checkpoint_layers=True))
    frugal.load_state_dict(plain.state_dict())
    for expected, found in zip(
        gradients(plain, noise(2, 500)), gradients(frugal, noise(2, 500)), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_training_keeps_the_normed_signals_of_no_layer() -> None:
    width, steps = 64, 40
    kept = floats_kept_by_a_layer(dataclasses.replace(TINY, width=width, feedforward_size=4 * width), steps)
    # For each step and feature: input, queries, keys, values, what was attended, the sum, four of feed-forward.
    assert 10 <= kept / (steps * width) < 10.3


def floats_kept_by_a_layer(config: SepformerConfig, steps: int) -> int:
    layer, rows = sepformer.TransformerLayer(config), noise(1, steps, config.width).requires_grad_()
    weights = {value.untyped_storage().data_ptr() for value in layer.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes() // 4
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = layer(rows)
    assert output.requires_grad
    return sum(size for pointer, size in kept.items() if pointer not in weights)


@pytest.mark.parametrize("half", [False, True])
def test_the_normed_product_has_the_gradients_of_its_parts(half: bool) -> None:
    norm, projection = nn.LayerNorm(8), nn.Linear(8, 5)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    leaves = [noise(3, 4, 8).requires_grad_(), *norm.parameters(), *projection.parameters()]
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        expected = projection(norm(leaves[0]))
        found = normed_product(leaves[0], norm=norm, projection=projection)
    assert torch.equal(found, expected)
    towards = noise(3, 4, 5, seed=1).to(found.dtype)
    pairs = (torch.autograd.grad(output, leaves, towards) for output in (found, expected))
    for one, other in zip(*pairs, strict=True):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one, other, rtol=2e-2 if half else 1e-4, atol=5e-2 if half else 1e-5)


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
    assert half.dtype == torch.float32
    assert (half - single).norm() < 0.05 * single.norm()
