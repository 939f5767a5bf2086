"""The BLSTM separator: unequal lengths in one batch, any number of sources, averaged passes, the shipped weights."""

import pytest
import torch

from modeling.building import build_model, load_model
from modeling.bundles import SEPARATORS, shipped_separator
from modeling.errors import InputRefused
from modeling.models.configs import BlstmConfig

LENGTHS = [1000, 1, 517, 64]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def small(**settings: int) -> torch.nn.Module:
    torch.manual_seed(0)
    config = {"fft_samples": 64, "hop_samples": 32, "hidden_size": 8, "num_layers": 2, **settings}
    return build_model(BlstmConfig(**config)).eval()


@pytest.mark.parametrize("grids", [1, 3])
@pytest.mark.parametrize("sources", [1, 2, 3, 5])
def test_a_padded_batch_separates_as_each_item_does_alone(grids: int, sources: int) -> None:
    separator, mix = small(analysis_grids=grids, num_sources=sources), noise(4, 1000)
    together = separator(mix, torch.tensor(LENGTHS))
    for row, length in enumerate(LENGTHS):
        alone = separator(mix[row : row + 1, :length])[0]
        assert (together[row, :, :length] - alone).abs().max() < 1e-5 * alone.abs().max()
        assert (together[row, :, length:] == 0).all()


def test_full_lengths_change_nothing() -> None:
    separator, mix = small(), noise(2, 700)
    torch.testing.assert_close(separator(mix, torch.tensor([700, 700])), separator(mix))


@pytest.mark.parametrize("sources", [1, 3, 5])
@pytest.mark.parametrize("samples", [1, 500])
def test_silence_stays_silent_for_any_number_of_sources(sources: int, samples: int) -> None:
    stems = small(num_sources=sources)(torch.zeros(2, samples), torch.tensor([samples, 1]))
    assert stems.shape == (2, sources, samples)
    assert (stems == 0).all()


def test_more_passes_than_samples_of_a_hop_are_refused() -> None:
    with pytest.raises(InputRefused, match="'analysis_grids' must be at most 'hop_samples' \\(32\\), not 33"):
        BlstmConfig(fft_samples=64, hop_samples=32, analysis_grids=33)


def test_every_weight_learns_from_a_padded_batch() -> None:
    separator = small().train()
    separator(noise(2, 400), torch.tensor([400, 130])).square().sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in separator.parameters())


@pytest.mark.parametrize("sources", SEPARATORS)
def test_the_shipped_separators_are_exact_in_a_padded_batch(sources: int) -> None:
    separator = load_model(shipped_separator(sources), device=torch.device("cpu"))
    mix = noise(2, 4000)
    with torch.inference_mode():
        together, alone = separator(mix, torch.tensor([4000, 2500])), separator(mix[1:, :2500])
    assert (together[1:, :, :2500] - alone).abs().max() < 1e-5 * alone.abs().max()
