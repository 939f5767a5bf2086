"""RE-SepFormer: its published size, exact batches, and signals at the edge."""

from __future__ import annotations

import pytest
import torch

from modeling.models.re_sepformer import ReSepformerConfig, ReSepformerSeparator

SMALL = ReSepformerConfig(
    width=8, num_heads=2, feedforward_size=16, segment_layers=1, memory_layers=1, segment_frames=10
)


@pytest.fixture
def model() -> ReSepformerSeparator:
    torch.manual_seed(0)
    return ReSepformerSeparator(SMALL).eval()


@pytest.mark.parametrize(("num_sources", "parameters"), [(2, 7_955_201), (3, 7_971_713)])
def test_the_default_has_the_published_number_of_parameters(num_sources: int, parameters: int) -> None:
    with torch.device("meta"):
        model = ReSepformerSeparator(ReSepformerConfig(num_sources=num_sources))
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


@torch.inference_mode()
def test_items_of_unequal_lengths_come_out_as_they_do_alone(model: ReSepformerSeparator) -> None:
    lengths = torch.tensor([700, 333, 648, 16, 5, 1])  # 648 samples: a whole number of segments
    mix_bt = 0.1 * torch.randn(6, 700)
    stems_bct = model(mix_bt, lengths)
    for item, length in enumerate(lengths.tolist()):
        alone_ct = model(mix_bt[item : item + 1, :length])[0]
        assert (stems_bct[item, :, :length] - alone_ct).abs().max() <= 1e-5 * alone_ct.abs().max() + 1e-9
        assert not stems_bct[item, :, length:].any()


@torch.inference_mode()
def test_an_item_does_not_hear_the_others_of_its_batch(model: ReSepformerSeparator) -> None:
    quiet_t, loud_t = 0.1 * torch.randn(500), 3.0 * torch.randn(500)
    together_bct = model(torch.stack([quiet_t, loud_t]))
    torch.testing.assert_close(together_bct[0], model(quiet_t.unsqueeze(0))[0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("samples", [1, 15, 16, 200])
def test_silence_of_any_length_gives_silence(model: ReSepformerSeparator, samples: int) -> None:
    assert torch.equal(model(torch.zeros(2, samples)), torch.zeros(2, 2, samples))


def test_every_parameter_learns_from_a_padded_batch(model: ReSepformerSeparator) -> None:
    model.train()
    stems_bct = model(0.1 * torch.randn(2, 400), torch.tensor([400, 150]))
    stems_bct.square().sum().backward()
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)
    unused = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert unused == []
