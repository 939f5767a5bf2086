"""Permutation-invariant losses against trying every order by hand; ceilings, silence, padding."""

from itertools import permutations

import pytest
import torch
from torch import Tensor

from modeling.losses import LIMIT_DB, pit_loss, pit_si_snr_loss, si_snr_db


def noisy(sources: int, *, batch: int = 3, samples: int = 500) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(sources)
    reference = torch.randn(batch, sources, samples, generator=generator)
    noise = torch.randn(batch, sources, samples, generator=generator)
    return reference.flip(1) + 0.5 * noise, reference


@pytest.mark.parametrize("sources", [1, 2, 3, 4, 5])
def test_the_loss_is_the_least_over_all_joint_orders(sources: int) -> None:
    estimate, reference = noisy(sources)
    each = [
        -si_snr_db(estimate=estimate[:, list(order)], reference=reference).mean(dim=1)
        for order in permutations(range(sources))
    ]
    least = torch.stack(each).amin(dim=0).mean()
    torch.testing.assert_close(pit_si_snr_loss(estimate=estimate, reference=reference), least)


def test_an_order_of_the_estimates_changes_nothing() -> None:
    estimate, reference = noisy(3)
    loss = pit_si_snr_loss(estimate=estimate, reference=reference)
    torch.testing.assert_close(pit_si_snr_loss(estimate=estimate[:, [2, 0, 1]], reference=reference), loss)


def test_items_beyond_the_hard_ceiling_leave_the_mean() -> None:
    table = torch.tensor([[[40.0, 0.0], [0.0, 30.0]], [[10.0, 0.0], [0.0, 6.0]]], requires_grad=True)
    loss = pit_loss(score_ber=table, ceiling_db=30.0)
    loss.backward()
    assert loss.item() == -8.0
    assert table.grad[0].abs().sum() == 0 and table.grad[1].tolist() == [[-0.5, 0.0], [0.0, -0.5]]


def test_a_batch_wholly_beyond_the_ceiling_has_its_value_and_no_gradient() -> None:
    table = torch.full((2, 1, 1), 50.0, requires_grad=True)
    loss = pit_loss(score_ber=table, ceiling_db=30.0)
    loss.backward()
    assert loss.item() == -30.0 and table.grad.abs().sum() == 0


def test_the_soft_ceiling_lets_the_pull_fade() -> None:
    table = torch.tensor([[[10.0]], [[30.0]], [[50.0]]], requires_grad=True)
    pit_loss(score_ber=table, ceiling_db=30.0, ceiling="soft").backward()
    pull = (-3 * table.grad).flatten().tolist()
    assert pull == pytest.approx([0.990, 0.5, 0.0099], abs=1e-3)


def test_a_silent_reference_is_left_out_of_its_item() -> None:
    estimate, reference = noisy(2)
    reference[0, 1] = 0.0
    alone = pit_si_snr_loss(estimate=estimate[:1, 1:], reference=reference[:1, :1])
    other = pit_si_snr_loss(estimate=estimate[1:], reference=reference[1:])
    loss = pit_si_snr_loss(estimate=estimate, reference=reference)
    torch.testing.assert_close(loss, (alone + 2 * other) / 3)


@pytest.mark.parametrize("ceiling", ["hard", "soft", "none"])
@pytest.mark.parametrize("silent", ["estimate", "reference", "both"])
def test_all_silence_is_defined(ceiling: str, silent: str) -> None:
    estimate, reference = noisy(2)
    estimate = estimate * (silent == "reference")
    reference = reference * (silent == "estimate")
    estimate.requires_grad_()
    loss = pit_si_snr_loss(estimate=estimate, reference=reference, ceiling=ceiling)
    loss.backward()
    assert loss.item() == LIMIT_DB and estimate.grad.abs().sum() == 0


@pytest.mark.parametrize("sources", [2, 5])
def test_a_diverged_estimate_makes_the_loss_no_number(sources: int) -> None:
    estimate, reference = noisy(sources)
    estimate[1, 0, 7] = float("inf")
    assert pit_si_snr_loss(estimate=estimate, reference=reference).isnan()


def test_padding_does_not_reach_the_loss_or_its_gradient() -> None:
    estimate, reference = noisy(2)
    estimate.requires_grad_()
    lengths = torch.tensor([500, 300, 77])
    loss = pit_si_snr_loss(estimate=estimate, reference=reference, lengths_b=lengths)
    loss.backward()
    alone = [
        pit_si_snr_loss(estimate=estimate[b : b + 1, :, :n], reference=reference[b : b + 1, :, :n])
        for b, n in enumerate(lengths.tolist())
    ]
    torch.testing.assert_close(loss, torch.stack(alone).mean())
    assert estimate.grad[2, :, 77:].abs().max() == 0 and estimate.grad[2, :, :77].abs().max() > 0


def test_descent_on_the_loss_finds_the_sources() -> None:
    _, reference = noisy(2)
    estimate = torch.randn(3, 2, 500, generator=torch.Generator().manual_seed(9)).requires_grad_()
    optimiser = torch.optim.Adam([estimate], lr=0.1)
    for _ in range(60):
        optimiser.zero_grad()
        loss = pit_si_snr_loss(estimate=estimate, reference=reference)
        loss.backward()
        optimiser.step()
    assert loss.item() < -15.0
