"""MixIT: stems find their mixtures, by trying all assignments and by least squares."""

from itertools import product

import pytest
import torch
from torch import Tensor

from modeling.losses import assign_to_mixtures, mixit_loss, snr_db, soft_ceiling_db
from modeling.losses import mixit as mixit_module


def two_mixtures(stems: int, *, batch: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    """Stems, the mixtures they make, and which stem went where."""
    generator = torch.Generator().manual_seed(stems)
    stems_bmt = torch.randn(batch, stems, 400, generator=generator)
    chosen_bm = torch.randint(2, (batch, stems), generator=generator)
    chosen_bm[:, :2] = torch.tensor([0, 1])
    assignment = torch.nn.functional.one_hot(chosen_bm, 2).transpose(1, 2).float()
    return stems_bmt, assignment @ stems_bmt, assignment


@pytest.mark.parametrize("stems", [2, 4, 8, 9, 16])
def test_true_stems_are_given_back_to_their_mixtures(stems: int) -> None:
    stems_bmt, mixtures, assignment = two_mixtures(stems)
    assert torch.equal(assign_to_mixtures(estimate=stems_bmt, mixture=mixtures), assignment)


def test_the_loss_is_the_least_over_all_assignments() -> None:
    stems_bmt, mixtures, _ = two_mixtures(4)
    estimate = stems_bmt + 1.5 * torch.randn(3, 4, 400, generator=torch.Generator().manual_seed(9))
    scores = [
        soft_ceiling_db(snr_db(estimate=assignment @ estimate, reference=mixtures))
        for assignment in torch.nn.functional.one_hot(torch.tensor(list(product(range(2), repeat=4))), 2)
        .transpose(1, 2)
        .float()
    ]
    best = torch.stack(scores).mean(dim=-1).amax(dim=0)
    torch.testing.assert_close(mixit_loss(estimate=estimate, mixture=mixtures), -best.mean())


def test_least_squares_agrees_with_trying_all_on_good_stems(monkeypatch: pytest.MonkeyPatch) -> None:
    stems_bmt, mixtures, _ = two_mixtures(6)
    estimate = stems_bmt + 0.3 * torch.randn(3, 6, 400, generator=torch.Generator().manual_seed(9))
    exhaustive = assign_to_mixtures(estimate=estimate, mixture=mixtures)
    monkeypatch.setattr(mixit_module, "EXHAUSTIVE_UP_TO", 0)
    assert torch.equal(assign_to_mixtures(estimate=estimate, mixture=mixtures), exhaustive)


def test_gradients_reach_every_stem_and_lower_the_loss() -> None:
    stems_bmt, mixtures, _ = two_mixtures(4)
    estimate = (stems_bmt + torch.randn_like(stems_bmt)).requires_grad_()
    loss = mixit_loss(estimate=estimate, mixture=mixtures)
    loss.backward()
    assert (estimate.grad.abs().amax(dim=-1) > 0).all()
    assert mixit_loss(estimate=estimate.detach() - 50.0 * estimate.grad, mixture=mixtures) < loss


def test_padding_has_no_influence() -> None:
    stems_bmt, mixtures, assignment = two_mixtures(4)
    lengths = torch.tensor([400, 250, 400])
    spoilt = stems_bmt.clone()
    spoilt[1, :, 250:] = 100.0
    loss = mixit_loss(estimate=spoilt, mixture=mixtures, lengths_b=lengths)
    assert loss.item() == pytest.approx(-30.0, abs=0.01)


@pytest.mark.parametrize("stems", [3, 9])
@pytest.mark.parametrize("silent", ["stems", "mixtures", "both", "one mixture"])
def test_silence_is_defined(stems: int, silent: str) -> None:
    stems_bmt, mixtures, _ = two_mixtures(stems)
    if silent in ("stems", "both"):
        stems_bmt = torch.zeros_like(stems_bmt)
    if silent in ("mixtures", "both"):
        mixtures = torch.zeros_like(mixtures)
    if silent == "one mixture":
        mixtures[:, 1] = 0.0
    stems_bmt.requires_grad_()
    loss = mixit_loss(estimate=stems_bmt, mixture=mixtures)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(stems_bmt.grad).all()
