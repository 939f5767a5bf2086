"""Blind estimates of signals of any length."""

import pytest
import torch
from torch import Tensor, nn

from modeling.estimation import estimate_si_snr_db

RATE_HZ = 100


def test_a_long_estimate_is_the_mean_over_its_pieces() -> None:
    class LouderIsBetter(nn.Module):
        def forward(self, mix_bt: Tensor, stems_bct: Tensor) -> Tensor:
            return stems_bct.abs().mean(dim=-1)

    stems = torch.stack([torch.linspace(0.0, 2.0, 5000), torch.ones(5000)])
    estimates = estimate_si_snr_db(LouderIsBetter(), torch.zeros(5000), stems, sample_rate_hz=RATE_HZ)
    assert estimates == pytest.approx([1.0, 1.0], abs=1e-3)
