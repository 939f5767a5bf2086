"""Sudo rm -rf: published size, exact in padded batches, any length, silence, gradients."""

import pytest
import torch

from modeling.building import build_model
from modeling.errors import InputRefused
from modeling.models.configs import SudoRmRfConfig

SMALL = SudoRmRfConfig(num_filters=24, bottleneck_channels=8, hidden_channels=16, num_blocks=2)
THREE = SudoRmRfConfig(
    num_sources=3,
    num_filters=24,
    filter_samples=17,
    bottleneck_channels=8,
    hidden_channels=16,
    num_blocks=2,
    num_resolutions=3,
)


def built(config: SudoRmRfConfig) -> torch.nn.Module:
    torch.manual_seed(0)
    network = build_model(config).eval()
    for parameter in network.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    return network


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_the_size_is_the_published_one() -> None:
    parameters = build_model(SudoRmRfConfig()).parameters()
    assert sum(parameter.numel() for parameter in parameters) == 2_720_417  # the paper says 2.72 million


@pytest.mark.parametrize("config", [SMALL, THREE])
def test_items_of_a_padded_batch_separate_as_they_do_alone(config: SudoRmRfConfig) -> None:
    network, lengths = built(config), [4001, 2999, 777, 160, 17, 1]
    mix = noise(len(lengths), max(lengths))
    for row, length in zip(mix, lengths, strict=True):
        row[length:] = 0.0
    with torch.no_grad():
        together = network(mix, torch.tensor(lengths))
        for row, length in enumerate(lengths):
            alone = network(mix[row : row + 1, :length])[0]
            assert (together[row, :, :length] - alone).abs().max() <= 1e-5 * alone.abs().max()
            assert (together[row, :, length:] == 0.0).all()


@pytest.mark.parametrize("samples", [1, 9, 160, 161, 3999])
@pytest.mark.parametrize("config", [SMALL, THREE])
def test_stems_are_as_long_as_the_mixture(config: SudoRmRfConfig, samples: int) -> None:
    stems = built(config)(noise(2, samples))
    assert stems.shape == (2, config.num_sources, samples)
    assert torch.isfinite(stems).all() and (stems.abs().amax(dim=-1) > 0.0).all()


def test_silence_separates_into_silence() -> None:
    assert (built(SMALL)(torch.zeros(2, 900), torch.tensor([900, 40])) == 0.0).all()


@pytest.mark.parametrize("config", [SMALL, THREE])
def test_every_weight_learns_and_padding_does_not_teach(config: SudoRmRfConfig) -> None:
    network, mix = built(config).train(), noise(2, 700)
    mix[1, 400:] = 0.0
    weights = list(network.parameters())
    together = torch.autograd.grad(network(mix, torch.tensor([700, 400])).square().sum(), weights)
    alone = [network(mix[:1]).square().sum(), network(mix[1:, :400]).square().sum()]
    for gradient, expected in zip(together, torch.autograd.grad(sum(alone), weights), strict=True):
        assert expected.abs().max() > 0.0
        torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


def test_an_even_filter_is_refused() -> None:
    with pytest.raises(InputRefused, match="filter_samples .* 20"):
        build_model(SudoRmRfConfig(filter_samples=20))
