"""Fused products and grouped recurrence give what the plain layers give, and step aside where they must."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from modeling.models import recurrence
from modeling.models.fused_product import is_fusable, product
from modeling.models.recurrence import run_lstm


@pytest.mark.parametrize("has_bias", [True, False])
@torch.inference_mode()
def test_a_fused_product_is_the_layer_with_its_activation_or_shortcut(has_bias: bool) -> None:
    torch.manual_seed(0)
    layer, hidden, added = nn.Linear(7, 5, bias=has_bias), torch.randn(3, 4, 7), torch.randn(3, 4, 5)
    kept = added.clone()
    torch.testing.assert_close(product(hidden, layer), layer(hidden))
    torch.testing.assert_close(product(hidden, layer, activation="relu"), layer(hidden).relu())
    torch.testing.assert_close(product(hidden, layer, added=added), layer(hidden) + added)
    assert torch.equal(added, kept)


@torch.inference_mode()
def test_rows_that_lie_frames_first_are_multiplied_as_they_lie() -> None:
    layer, hidden = nn.Linear(7, 5), torch.randn(4, 3, 7).transpose(0, 1)
    found = product(hidden, layer)
    torch.testing.assert_close(found, layer(hidden.contiguous()))
    assert found.transpose(0, 1).is_contiguous()


def test_nothing_is_fused_with_gradients_in_half_precision_or_without_values() -> None:
    hidden = torch.randn(2, 3)
    assert not is_fusable(hidden)
    with torch.no_grad():
        assert is_fusable(hidden)
        assert not is_fusable(hidden.double())
        assert not is_fusable(hidden[:0])
        with torch.autocast("cpu", torch.bfloat16):
            assert not is_fusable(hidden)


def test_nothing_is_fused_in_a_model_that_is_being_compiled() -> None:
    compiled = torch.compile(lambda hidden: hidden + float(is_fusable(hidden)), backend="eager")
    with torch.no_grad():
        assert torch.equal(compiled(torch.ones(2, 3)), torch.ones(2, 3))


def test_a_product_with_gradients_teaches_layer_input_and_shortcut() -> None:
    layer = nn.Linear(7, 5)
    hidden, added = torch.randn(3, 4, 7, requires_grad=True), torch.randn(3, 4, 5, requires_grad=True)
    leaves = [hidden, added, layer.weight, layer.bias]
    gradients = torch.autograd.grad(product(hidden, layer, added=added).sum(), leaves)
    assert all(bool(gradient.any()) for gradient in gradients)


@pytest.mark.parametrize("lengths", [None, [9, 2, 9, 1, 5, 9, 3]])
def test_rows_in_groups_come_out_of_an_lstm_as_all_at_once(
    lengths: list[int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = nn.LSTM(4, 3, batch_first=True, bidirectional=True)
    hidden, frames_b = torch.randn(7, 9, 4), None if lengths is None else torch.tensor(lengths)
    whole = run_lstm(layer, hidden, frames_b)
    monkeypatch.setattr(recurrence, "GATE_BYTES", 1)
    monkeypatch.setattr(recurrence, "FEWEST_ROWS", 2)
    assert recurrence._rows_at_once(layer, hidden) == 7
    with torch.no_grad():
        assert recurrence._rows_at_once(layer, hidden) == 3
        torch.testing.assert_close(run_lstm(layer, hidden, frames_b), whole)
