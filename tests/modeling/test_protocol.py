"""Every separator of the catalog keeps the protocol: shapes, exact batches, silence, shortest signals, devices."""

import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from modeling.building import build_model
from modeling.catalog import MODELS
from modeling.models.configs import SeparatorConfig

SEPARATORS = sorted(name for name, entry in MODELS.items() if entry.kind == "separator")

# Small enough for a busy processor, and every dimension different from every other where that is possible.
TINY: dict[str, dict[str, Any]] = {
    "band_split": {"num_blocks": 1, "embedding_size": 6, "hidden_size": 5},
    "blstm": {"fft_samples": 64, "hop_samples": 32, "hidden_size": 6, "num_layers": 2},
    "conv_tasnet": {
        "num_filters": 12,
        "bottleneck_channels": 6,
        "hidden_channels": 10,
        "skip_channels": 5,
        "blocks_per_repeat": 3,
        "num_repeats": 2,
    },
    "deep_clustering": {"fft_samples": 64, "hop_samples": 16, "hidden_size": 6, "dimensions": 5},
    "dprnn": {
        "filters": 8,
        "width": 6,
        "hidden_size": 5,
        "num_blocks": 2,
        "chunk_frames": 10,
        "hop_frames": 5,
    },
    "dptnet": {
        "filters": 8,
        "num_heads": 2,
        "hidden_size": 5,
        "num_blocks": 2,
        "chunk_frames": 10,
        "hop_frames": 5,
    },
    "re_sepformer": {
        "width": 8,
        "num_heads": 2,
        "feedforward_size": 12,
        "segment_layers": 1,
        "memory_layers": 1,
        "segment_frames": 10,
    },
    "sepformer": {
        "filters": 8,
        "width": 8,
        "num_heads": 2,
        "feedforward_size": 12,
        "intra_layers": 1,
        "inter_layers": 1,
        "chunk_frames": 10,
    },
    "sudo_rm_rf": {"num_filters": 12, "bottleneck_channels": 6, "hidden_channels": 10, "num_blocks": 2},
    "tf_gridnet": {"num_blocks": 1, "embedding_size": 6, "hidden_size": 5, "num_heads": 2},
}
LENGTHS = [700, 1, 333, 520, 16, 699]


def tiny(name: str, **changes: object) -> nn.Module:
    torch.manual_seed(0)
    config = MODELS[name].config
    known = {entry.name for entry in dataclasses.fields(config)}
    chosen = {key: value for key, value in TINY[name].items() if key in known}
    assert len(chosen) == len(TINY[name]), f"{name} has no {set(TINY[name]) - known}; it has {known}"
    built = config(**{**chosen, **changes})
    assert isinstance(built, SeparatorConfig)
    return build_model(built).eval()


def noise(*shape: int, seed: int = 0) -> Tensor:
    return 0.1 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_every_separator_is_tested() -> None:
    assert sorted(TINY) == SEPARATORS


@pytest.mark.parametrize("sources", [1, 2, 3, 5])
@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_any_number_of_sources(name: str, sources: int) -> None:
    stems = tiny(name, num_sources=sources)(noise(2, 400))
    assert stems.shape == (2, sources, 400) and torch.isfinite(stems).all()


@pytest.mark.parametrize("sources", [1, 2, 3])
@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_a_padded_batch_is_each_item_alone_and_zero_past_its_end(name: str, sources: int) -> None:
    model, mixes = tiny(name, num_sources=sources), [noise(n, seed=n) for n in LENGTHS]
    mix_bt = nn.utils.rnn.pad_sequence(mixes, batch_first=True)
    together = model(mix_bt, torch.tensor(LENGTHS))
    for stems, mix in zip(together, mixes, strict=True):
        alone = model(mix.unsqueeze(0))[0]
        peak = alone.abs().max().clamp_min(1e-6)
        assert (stems[:, : len(mix)] - alone).abs().max() < 1e-5 * peak
        assert (stems[:, len(mix) :] == 0).all()


@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_no_lengths_mean_full_lengths(name: str) -> None:
    model, mix = tiny(name), noise(3, 500)
    full = torch.full((3,), 500)
    peak = model(mix).abs().max()
    torch.testing.assert_close(model(mix, full), model(mix), rtol=0, atol=1e-5 * peak.item())


@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_silence_gives_silence(name: str) -> None:
    model = tiny(name)
    assert model(torch.zeros(2, 300)).abs().max() < 1e-6
    mixed = torch.stack([torch.zeros(300), noise(300)])
    stems = model(mixed, torch.tensor([120, 300]))
    assert stems[0].abs().max() < 1e-6 and torch.isfinite(stems).all()


@pytest.mark.parametrize("samples", [1, 2, 15, 16, 17, 33])
@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_the_shortest_signals_have_stems(name: str, samples: int) -> None:
    stems = tiny(name)(noise(2, samples))
    assert stems.shape == (2, 2, samples) and torch.isfinite(stems).all()


@pytest.mark.parametrize("level", [1e-6, 1e3])
@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_no_level_gives_anything_but_numbers(name: str, level: float) -> None:
    assert torch.isfinite(tiny(name)(level * noise(2, 300))).all()


@pytest.mark.parametrize("name", SEPARATORS)
def test_the_gradient_of_a_padded_batch_is_finite(name: str) -> None:
    model = tiny(name).train()
    model(
        nn.utils.rnn.pad_sequence([noise(300), noise(1)], batch_first=True), torch.tensor([300, 1])
    ).sum().backward()
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    assert gradients and all(torch.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_half_precision_changes_little(name: str) -> None:
    model, mix, lengths = tiny(name), noise(2, 300), torch.tensor([300, 200])
    expected = model(mix, lengths)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        stems = model(mix, lengths).float()
    assert torch.isfinite(stems).all()
    assert (stems - expected).norm() < 0.1 * expected.norm()


@pytest.mark.gpu
@pytest.mark.parametrize("name", SEPARATORS)
@torch.inference_mode()
def test_a_gpu_gives_what_the_processor_gives(name: str) -> None:
    model, mix, lengths = tiny(name), noise(2, 300), torch.tensor([300, 200])
    expected = model(mix, lengths)
    stems = model.cuda()(mix.cuda(), lengths.cuda())
    assert stems.is_cuda
    torch.testing.assert_close(stems.cpu(), expected, rtol=0, atol=1e-3 * expected.abs().max().item())
