"""SI-SNR against signals whose figure is known by construction, and at its edges."""

import math

import pytest
import torch

from modeling.losses import LIMIT_DB, pairwise_si_snr_db, pit_si_snr_loss, si_snr_db


def signal_and_orthogonal_noise(samples: int = 800) -> tuple[torch.Tensor, torch.Tensor]:
    """Two sines over whole periods: zero mean, equal energy, exactly orthogonal."""
    phase = 2 * math.pi * torch.arange(samples, dtype=torch.float64) / samples
    return torch.sin(5 * phase).float(), torch.sin(11 * phase).float()


@pytest.mark.parametrize("wanted_db", [-30.0, -5.0, 0.0, 12.5, 50.0])
def test_noise_of_a_known_energy_gives_the_known_figure(wanted_db: float) -> None:
    reference, noise = signal_and_orthogonal_noise()
    estimate = reference + 10 ** (-wanted_db / 20) * noise
    assert si_snr_db(estimate=estimate, reference=reference).item() == pytest.approx(wanted_db, abs=0.01)


@pytest.mark.parametrize("scale", [1e-18, 1e-4, -3.0, 1e18])
def test_scale_and_polarity_of_either_signal_change_nothing(scale: float) -> None:
    reference, noise = signal_and_orthogonal_noise()
    estimate = reference + 0.1 * noise
    assert si_snr_db(estimate=scale * estimate, reference=reference).item() == pytest.approx(20.0, abs=0.01)
    assert si_snr_db(estimate=estimate, reference=scale * reference).item() == pytest.approx(20.0, abs=0.01)


def test_an_offset_is_no_noise() -> None:
    reference, noise = signal_and_orthogonal_noise()
    estimate = reference + 0.1 * noise + 7.0
    assert si_snr_db(estimate=estimate, reference=reference).item() == pytest.approx(20.0, abs=0.01)


def test_a_perfect_match_reaches_the_upper_limit() -> None:
    reference, _ = signal_and_orthogonal_noise()
    assert si_snr_db(estimate=1e-4 * reference, reference=reference).item() > 90.0


@pytest.mark.parametrize("silent", ["estimate", "reference", "both"])
def test_silence_has_a_finite_figure_and_gradient(silent: str) -> None:
    signal, _ = signal_and_orthogonal_noise()
    estimate = torch.zeros_like(signal) if silent != "reference" else signal.clone()
    reference = torch.zeros_like(signal) if silent != "estimate" else signal
    estimate.requires_grad_()
    figure = si_snr_db(estimate=estimate, reference=reference)
    figure.backward()
    assert figure.item() == -LIMIT_DB
    assert torch.isfinite(estimate.grad).all()


def test_one_sample_is_silence_once_its_mean_is_gone() -> None:
    assert si_snr_db(estimate=torch.tensor([0.5]), reference=torch.tensor([0.5])).item() == -LIMIT_DB


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(dtype: torch.dtype) -> None:
    reference, noise = signal_and_orthogonal_noise()
    estimate = (reference + 0.1 * noise).to(dtype)
    figure = si_snr_db(estimate=estimate, reference=reference.to(dtype))
    assert figure.dtype == torch.float32
    assert figure.item() == pytest.approx(20.0, abs=0.2)


def test_every_estimate_meets_every_reference() -> None:
    generator = torch.Generator().manual_seed(0)
    estimate = torch.randn(3, 4, 500, generator=generator)
    reference = torch.randn(3, 2, 500, generator=generator)
    table = pairwise_si_snr_db(estimate=estimate, reference=reference)
    assert table.shape == (3, 4, 2)
    alone = si_snr_db(estimate=estimate[1, 3], reference=reference[1, 0])
    assert table[1, 3, 0].item() == pytest.approx(alone.item(), abs=1e-4)


def test_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="not equal"):
        si_snr_db(estimate=torch.zeros(2, 8), reference=torch.zeros(2, 9))


def test_the_loss_is_the_negative_figure_under_the_best_order() -> None:
    first, second = signal_and_orthogonal_noise()
    reference = torch.stack([first, second]).unsqueeze(0)
    estimate = torch.stack([second + 0.1 * first, first + 0.1 * second]).unsqueeze(0)
    assert pit_si_snr_loss(estimate=estimate, reference=reference).item() == pytest.approx(-20.0, abs=0.01)


def test_the_loss_gives_items_beyond_the_ceiling_no_gradient() -> None:
    first, second = signal_and_orthogonal_noise()
    reference = torch.stack([first, second]).unsqueeze(0)
    estimate = (reference + 1e-4 * reference.flip(1)).requires_grad_()
    pit_si_snr_loss(estimate=estimate, reference=reference, ceiling_db=30.0).backward()
    assert estimate.grad.abs().max() == 0
