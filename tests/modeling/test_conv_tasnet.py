"""Conv-TasNet: published sizes, every variant exact in padded batches, any length, silence, gradients."""

import dataclasses

import pytest
import torch

from modeling.building import build_model
from modeling.models.configs import ConvTasnetConfig
from modeling.models.conv_tasnet import TemporalBlock
from modeling.models.own_frames import OwnFrames

SMALL = ConvTasnetConfig(
    num_filters=24,
    bottleneck_channels=8,
    hidden_channels=16,
    skip_channels=8,
    blocks_per_repeat=4,
    num_repeats=2,
)
SPEECHBRAIN = dataclasses.replace(
    SMALL,
    input_norm="channel",
    framing="valid",
    depthwise_padding="late_causal",
    mask="relu",
    has_encoder_relu=True,
    has_skip_path=False,
    has_biases=False,
    has_output_prelu=False,
)
VARIANTS = {
    "torchaudio": SMALL,
    "asteroid": dataclasses.replace(SMALL, framing="valid", has_last_residual=True, num_sources=3),
    "asteroid causal": dataclasses.replace(
        SMALL, norm="cumulative", input_norm="cumulative", depthwise_padding="causal"
    ),
    "speechbrain causal": SPEECHBRAIN,
    "speechbrain": dataclasses.replace(SPEECHBRAIN, depthwise_padding="reflect"),
    "channel norms, softmax": dataclasses.replace(
        SMALL, norm="channel", input_norm="channel", mask="softmax_over_sources"
    ),
    "odd filters": dataclasses.replace(SMALL, filter_samples=15, hop_samples=7),
}


def built(config: ConvTasnetConfig) -> torch.nn.Module:
    torch.manual_seed(0)
    network = build_model(config).eval()
    for parameter in network.parameters():  # so that gains are not one and biases not zero
        parameter.data += 0.05 * torch.randn_like(parameter)
    return network


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def parameter_count(config: ConvTasnetConfig) -> int:
    return sum(parameter.numel() for parameter in build_model(config).parameters())


def test_sizes_are_those_of_the_paper_and_of_the_published_codes() -> None:
    assert parameter_count(ConvTasnetConfig()) == 4_984_881
    assert parameter_count(ConvTasnetConfig(has_last_residual=True)) == 5_050_545
    speechbrain = dataclasses.replace(
        SPEECHBRAIN,
        num_filters=256,
        bottleneck_channels=256,
        hidden_channels=512,
        blocks_per_repeat=6,
        num_repeats=4,
    )
    assert parameter_count(speechbrain) == 6_582_832
    assert parameter_count(dataclasses.replace(speechbrain, num_sources=3)) == 6_648_368


@pytest.mark.parametrize("variant", VARIANTS)
def test_items_of_a_padded_batch_separate_as_they_do_alone(variant: str) -> None:
    network, lengths = built(VARIANTS[variant]), [4001, 2999, 777, 130, 17, 1]
    mix = noise(len(lengths), max(lengths))
    for row, length in zip(mix, lengths, strict=True):
        row[length:] = 0.0
    with torch.no_grad():
        together = network(mix, torch.tensor(lengths))
        for row, length in enumerate(lengths):
            alone = network(mix[row : row + 1, :length])[0]
            assert (together[row, :, :length] - alone).abs().max() <= 1e-5 * alone.abs().max()
            assert (together[row, :, length:] == 0.0).all()


@pytest.mark.parametrize("samples", [1, 15, 16, 17, 3999, 4007])
@pytest.mark.parametrize("variant", ["torchaudio", "asteroid", "speechbrain"])
def test_stems_are_as_long_as_the_mixture(variant: str, samples: int) -> None:
    stems = built(VARIANTS[variant])(noise(2, samples))
    assert stems.shape == (2, VARIANTS[variant].num_sources, samples)
    assert torch.isfinite(stems).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_silence_separates_into_silence(variant: str) -> None:
    stems = built(VARIANTS[variant])(torch.zeros(2, 900), torch.tensor([900, 40]))
    assert (stems == 0.0).all()


@pytest.mark.parametrize("framing", ["centred", "valid"])
def test_only_a_centred_grid_covers_the_last_samples(framing: str) -> None:
    network = built(dataclasses.replace(SMALL, framing=framing))
    tail = network(noise(1, 16 + 8 * 50 + 5))[..., -5:].abs().amax()
    assert (tail > 0.0) == (framing == "centred")


@pytest.mark.parametrize(
    ("padding", "looks_ahead"), [("zeros", True), ("causal", False), ("late_causal", False)]
)
def test_causal_convolutions_do_not_look_ahead(padding: str, looks_ahead: bool) -> None:
    causal = dataclasses.replace(SMALL, depthwise_padding=padding, norm="cumulative", input_norm="cumulative")
    network, mix = built(causal), noise(1, 2000)
    changed = torch.cat([mix[:, :1000], -mix[:, 1000:]], dim=1)
    before = slice(0, 1000 - causal.filter_samples)
    difference = (network(mix) - network(changed))[..., before].abs().max()
    assert (difference > 1e-4) == looks_ahead


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_weight_learns_and_padding_does_not_teach(variant: str) -> None:
    network, mix = built(VARIANTS[variant]).train(), noise(2, 700)
    mix[1, 400:] = 0.0
    weights = list(network.parameters())
    together = torch.autograd.grad(network(mix, torch.tensor([700, 400])).square().sum(), weights)
    alone = [network(mix[:1]).square().sum(), network(mix[1:, :400]).square().sum()]
    for gradient, expected in zip(together, torch.autograd.grad(sum(alone), weights), strict=True):
        assert expected.abs().max() > 0.0
        torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


def test_a_long_item_keeps_its_digits() -> None:
    # Squares summed over a whole item at once lose four digits in single precision; double precision says so.
    config = dataclasses.replace(SMALL, hidden_channels=256, num_repeats=1, blocks_per_repeat=2)
    network, mix = built(config), noise(1, 64_000)
    with torch.no_grad():
        single, double = network(mix), network.double()(mix.double())
    assert (single - double).abs().max() <= 5e-6 * double.abs().max()


def test_half_precision_inside_gives_full_precision_outside() -> None:
    network, mix = built(SMALL), noise(2, 900)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        stems = network(mix, torch.tensor([900, 700]))
    assert stems.dtype == torch.float32
    with torch.no_grad():
        expected = network(mix, torch.tensor([900, 700]))
    assert (stems - expected).norm() < 0.03 * expected.norm()


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("zeros", [16, 20, 24]),
        ("causal", [12, 16, 20]),
        ("late_causal", [8, 12, 16]),
        ("reflect", [16, 20, 24]),
    ],
)
def test_a_block_reads_the_frames_that_its_padding_says(padding: str, expected: list[int]) -> None:
    block = TemporalBlock(
        dataclasses.replace(SMALL, depthwise_padding=padding, norm="channel"), dilation=4, has_residual=True
    )
    frames = OwnFrames.of(30, device=torch.device("cpu"))
    hidden = noise(1, SMALL.bottleneck_channels, frames.padded).requires_grad_()
    residual, _ = block(hidden, frames)
    (gradient,) = torch.autograd.grad(residual[..., 20].sum(), hidden)
    assert gradient.abs().amax(dim=(0, 1)).nonzero().flatten().tolist() == expected
