"""SNR, SD-SDR and what all ratios share: lengths, gradients, plain formulas, scales, limits."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from modeling.losses import (
    LIMIT_DB,
    pairwise_sd_sdr_db,
    pairwise_si_snr_db,
    pairwise_snr_db,
    sd_sdr_db,
    si_snr_db,
    snr_db,
    soft_ceiling_db,
)
from modeling.losses import products as products_module

EACH = {"si_snr": si_snr_db, "snr": snr_db, "sd_sdr": sd_sdr_db}
PAIRWISE = {"si_snr": pairwise_si_snr_db, "snr": pairwise_snr_db, "sd_sdr": pairwise_sd_sdr_db}


def signals(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def naive_db(name: str, estimate_t: Tensor, reference_t: Tensor) -> Tensor:
    """The textbook formulas, one pair at a time, in double precision."""
    x, r = estimate_t.double(), reference_t.double()
    if name == "si_snr":
        x, r = x - x.mean(), r - r.mean()
    projected = (x @ r) / (r @ r) * r
    target = r if name == "snr" else projected
    error = x - (projected if name == "si_snr" else r)
    return 10 * torch.log10((target @ target) / (error @ error))


@pytest.mark.parametrize("name", PAIRWISE)
@pytest.mark.parametrize("level", [1e-4, 1.0, 1e4])
def test_every_pair_agrees_with_the_plain_formula(name: str, level: float) -> None:
    reference = level * (signals(2, 3, 700) + 0.5)
    estimate = reference.flip(1) + level * 0.3 * signals(2, 3, 700, seed=1)
    table = PAIRWISE[name](estimate=estimate, reference=reference)
    for b, e, r in itertools.product(range(2), range(3), range(3)):
        wanted = naive_db(name, estimate[b, e], reference[b, r])
        assert table[b, e, r].item() == pytest.approx(wanted.item(), abs=1e-4)


@pytest.mark.parametrize("wanted_db", [-30.0, 0.0, 20.0, 60.0, 90.0])
def test_snr_counts_what_was_added(wanted_db: float) -> None:
    phase = 2 * math.pi * torch.arange(800) / 800
    reference, noise = torch.sin(5 * phase), torch.sin(11 * phase)
    estimate = reference.double() + 10 ** (-wanted_db / 20) * noise.double()
    assert snr_db(estimate=estimate, reference=reference.double()).item() == pytest.approx(
        wanted_db, abs=1e-3
    )


@pytest.mark.parametrize("noise_db", [-20.0, 0.0, 20.0, 60.0])
@pytest.mark.parametrize("scale", [1e-4, 0.37, 1e4])
def test_si_snr_is_blind_to_scale_to_a_ten_thousandth_of_a_db(noise_db: float, scale: float) -> None:
    reference = signals(8, 32_000)
    estimate = reference + 10 ** (-noise_db / 20) * signals(8, 32_000, seed=1)
    before = si_snr_db(estimate=estimate, reference=reference)
    # In single precision the product itself is rounded, far below the error unless the match is near perfect.
    after = si_snr_db(estimate=estimate * scale, reference=reference)
    torch.testing.assert_close(after, before, rtol=0, atol=1e-4)


def test_half_the_level_costs_sd_sdr_six_db_twice() -> None:
    reference = signals(4000)
    assert sd_sdr_db(estimate=0.5 * reference, reference=reference).item() == pytest.approx(0.0, abs=1e-4)
    assert snr_db(estimate=0.5 * reference, reference=reference).item() == pytest.approx(6.02, abs=0.01)


@pytest.mark.parametrize("name", PAIRWISE)
def test_padding_beyond_the_lengths_has_no_influence(name: str) -> None:
    estimate, reference = signals(3, 2, 400), signals(3, 2, 400, seed=1)
    lengths = torch.tensor([400, 123, 1])
    table = PAIRWISE[name](estimate=estimate, reference=reference, lengths_b=lengths)
    for b, length in enumerate(lengths.tolist()):
        alone = PAIRWISE[name](
            estimate=estimate[b : b + 1, :, :length], reference=reference[b : b + 1, :, :length]
        )
        torch.testing.assert_close(table[b : b + 1], alone, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", PAIRWISE)
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    estimate = signals(2, 2, 12, dtype=torch.float64).requires_grad_()
    reference = signals(2, 3, 12, dtype=torch.float64, seed=1).requires_grad_()
    lengths = torch.tensor([12, 9])

    def score(x: Tensor, r: Tensor) -> Tensor:
        return PAIRWISE[name](estimate=x, reference=r, lengths_b=lengths)

    assert torch.autograd.gradcheck(score, (estimate, reference))


@pytest.mark.parametrize("name", PAIRWISE)
def test_a_sum_in_many_blocks_is_the_sum_in_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    estimate, reference = signals(2, 2, 5000), signals(2, 2, 5000, seed=1)
    whole = PAIRWISE[name](estimate=estimate, reference=reference, lengths_b=torch.tensor([5000, 2100]))
    monkeypatch.setitem(products_module._BLOCK_BYTES, "cpu", 1)
    pieces = PAIRWISE[name](estimate=estimate, reference=reference, lengths_b=torch.tensor([5000, 2100]))
    torch.testing.assert_close(pieces, whole, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize(
    "case", ["silent estimate", "silent target", "both silent", "perfect", "huge", "tiny"]
)
def test_every_edge_has_a_finite_figure_and_gradient(name: str, dtype: torch.dtype, case: str) -> None:
    reference, estimate = signals(600, dtype=dtype), signals(600, dtype=dtype, seed=1)
    cases = {
        "silent estimate": (torch.zeros_like(estimate), reference),
        "silent target": (estimate, torch.zeros_like(reference)),
        "both silent": (torch.zeros_like(estimate), torch.zeros_like(reference)),
        "perfect": (reference.clone(), reference),
        "huge": (estimate * 1e4, reference * 1e4),
        "tiny": (estimate * 1e-4, reference * 1e-4),
    }
    x, r = cases[case]
    x = x.clone().requires_grad_()
    figure = EACH[name](estimate=x, reference=r)
    figure.backward()
    assert figure.abs().item() <= LIMIT_DB and torch.isfinite(x.grad).all()


def test_a_silent_estimate_is_as_wrong_as_its_reference_is_loud() -> None:
    reference = signals(100)
    assert snr_db(estimate=torch.zeros(100), reference=reference).item() == 0.0
    assert sd_sdr_db(estimate=torch.zeros(100), reference=reference).item() == -LIMIT_DB
    assert snr_db(estimate=reference, reference=torch.zeros(100)).item() == -LIMIT_DB


@pytest.mark.parametrize("name", EACH)
def test_what_is_no_number_stays_none(name: str) -> None:
    estimate = signals(100)
    estimate[50] = float("nan")
    assert EACH[name](estimate=estimate, reference=signals(100, seed=1)).isnan()


def test_autocast_does_not_touch_the_figures() -> None:
    estimate, reference = signals(2, 2, 900), signals(2, 2, 900, seed=1)
    plain = pairwise_si_snr_db(estimate=estimate, reference=reference)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = pairwise_si_snr_db(estimate=estimate, reference=reference)
    assert torch.equal(plain, cast)


def test_the_soft_ceiling_bends_and_never_exceeds() -> None:
    score = torch.tensor([-100.0, 0.0, 30.0, 100.0])
    bent = soft_ceiling_db(score, ceiling_db=30.0)
    wanted = -10 * torch.log10(10 ** (-score.double() / 10) + 10**-3)
    torch.testing.assert_close(bent, wanted.float())
    assert bent[2].item() == pytest.approx(30.0 - 3.0103, abs=1e-3) and bent[3] <= 30.0


def test_signals_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="equal batch and samples"):
        pairwise_snr_db(estimate=torch.zeros(2, 2, 8), reference=torch.zeros(1, 2, 8))
