"""What every dual-path separator must satisfy, whatever runs inside: used by one test file for each."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modeling.building import build_model
from modeling.models.configs import SeparatorConfig

# From one sample to several chunks: shorter than the encoder's kernel, an even and an odd number of whole chunks,
# one frame more and less than that.
LENGTHS = (1, 15, 16, 17, 47, 48, 56, 88, 127, 128, 136, 399, 400)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def unsettled(config: SeparatorConfig) -> nn.Module:
    """A network whose norms and biases are not what they are born as, so that a forgotten one shows."""
    torch.manual_seed(0)
    model = build_model(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def num_parameters(config: SeparatorConfig) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in build_model(config).parameters())


@torch.no_grad()
def assert_batch_equals_alone(model: nn.Module, lengths: tuple[int, ...] = LENGTHS) -> None:
    mix = noise(len(lengths), max(lengths))
    lengths_b = torch.tensor(lengths)
    mix *= torch.arange(max(lengths)) < lengths_b.unsqueeze(1)
    together = model(mix, lengths_b)
    for index, length in enumerate(lengths):
        alone = model(mix[index : index + 1, :length])[0]
        difference = (together[index, :, :length] - alone).abs().max()
        assert difference <= 1e-5 * alone.abs().max().clamp_min(1e-6), (length, difference)
        assert (together[index, :, length:] == 0).all()


def assert_gradients_ignore_padding(model: nn.Module) -> None:
    """The gradient of a padded batch is the sum of the gradients of its items alone."""
    mix, lengths = noise(2, 400), (400, 150)
    mix[1, 150:] = 0
    model.zero_grad()
    model(mix, torch.tensor(lengths)).square().sum().backward()
    together = {name: value.grad.clone() for name, value in model.named_parameters()}
    model.zero_grad()
    for index, length in enumerate(lengths):
        model(mix[index : index + 1, :length]).square().sum().backward()
    for name, value in model.named_parameters():
        largest = value.grad.abs().max().clamp_min(1e-6)
        assert (value.grad - together[name]).abs().max() <= 1e-4 * largest, name


@torch.no_grad()
def assert_silence_and_short_signals_are_defined(model: nn.Module) -> None:
    sources = model.config.num_sources
    assert (model(torch.zeros(2, 300)) == 0).all()
    half_silent = model(torch.cat([noise(1, 300), torch.zeros(1, 300)]), torch.tensor([300, 20]))
    assert torch.isfinite(half_silent).all() and (half_silent[1] == 0).all()
    for samples in (1, 2, 15, 16, 17):
        stems = model(noise(2, samples))
        assert stems.shape == (2, sources, samples)
        assert torch.isfinite(stems).all()
