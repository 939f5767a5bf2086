"""The multi-resolution STFT loss: zero at a match, scale, silence, padding, gradients."""

import pytest
import torch
from torch import Tensor

from modeling.losses import multi_resolution_stft_loss
from modeling.losses.spectral import Resolution

SMALL = (Resolution(window_samples=32, hop_samples=8), Resolution(window_samples=64, hop_samples=16))


def signals(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def loss_of(estimate: Tensor, reference: Tensor, lengths_b: Tensor | None = None) -> Tensor:
    return multi_resolution_stft_loss(
        estimate=estimate, reference=reference, lengths_b=lengths_b, resolutions=SMALL
    )


def test_a_perfect_match_costs_nothing_and_pulls_nowhere() -> None:
    reference = signals(2, 2, 300)
    estimate = reference.clone().requires_grad_()
    loss = loss_of(estimate, reference)
    loss.backward()
    assert loss.item() < 1e-5 and torch.isfinite(estimate.grad).all()


def test_polarity_costs_nothing_and_level_does() -> None:
    reference = signals(1, 2, 300)
    assert loss_of(-reference, reference).item() < 1e-5
    # Half the magnitude everywhere: convergence 0.5, log magnitude log 2 (less at the floor).
    assert loss_of(0.5 * reference, reference).item() == pytest.approx(0.5 + 0.693, abs=0.02)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_a_common_scale_changes_nothing(scale: float) -> None:
    estimate, reference = signals(2, 2, 300), signals(2, 2, 300, seed=1)
    torch.testing.assert_close(loss_of(scale * estimate, scale * reference), loss_of(estimate, reference))


def test_padding_beyond_the_lengths_has_no_influence() -> None:
    estimate, reference = signals(2, 2, 300), signals(2, 2, 300, seed=1)
    lengths = torch.tensor([300, 101])
    alone = [
        loss_of(estimate[b : b + 1, :, :n], reference[b : b + 1, :, :n]) for b, n in ((0, 300), (1, 101))
    ]
    torch.testing.assert_close(loss_of(estimate, reference, lengths), torch.stack(alone).mean())


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@pytest.mark.parametrize("case", ["estimate", "reference", "both", "one source"])
def test_silence_is_defined(dtype: torch.dtype, case: str) -> None:
    estimate, reference = signals(2, 2, 300, dtype=dtype), signals(2, 2, 300, seed=1, dtype=dtype)
    if case in ("estimate", "both"):
        estimate = torch.zeros_like(estimate)
    if case in ("reference", "both"):
        reference = torch.zeros_like(reference)
    if case == "one source":
        reference[:, 0] = 0
    estimate.requires_grad_()
    loss = loss_of(estimate, reference)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(estimate.grad).all()
    assert (loss == 0) == (case in ("reference", "both"))


def test_the_gradient_is_that_of_a_difference() -> None:
    estimate, reference = signals(1, 1, 120), signals(1, 1, 120, seed=1)
    direction = signals(1, 1, 120, seed=2)
    estimate.requires_grad_()
    loss_of(estimate, reference).backward()
    slope = (estimate.grad * direction).sum().item()
    with torch.no_grad():
        above, below = (loss_of(estimate + step * direction, reference) for step in (1e-3, -1e-3))
    assert slope == pytest.approx((above - below).item() / 2e-3, rel=0.02)
