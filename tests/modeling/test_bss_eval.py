"""SDR of BSS Eval 3: filters are forgiven, everything else is not."""

import pytest
import torch

from modeling.bss_eval import sdr_db


@pytest.fixture
def speech() -> torch.Tensor:
    noise = torch.randn(2, 8000, generator=torch.Generator().manual_seed(0))
    return noise.cumsum(1) * 0.01 + noise


def test_noise_at_a_tenth_gives_twenty_db(speech: torch.Tensor) -> None:
    noise = torch.randn(2, 8000, generator=torch.Generator().manual_seed(1))
    noise *= 0.1 * speech.norm(dim=1, keepdim=True) / noise.norm(dim=1, keepdim=True)
    # 512 free taps explain about 512/8000 of white noise, hence the 0.3 dB.
    assert sdr_db(estimate=speech + noise, reference=speech).tolist() == pytest.approx([20.3, 20.3], abs=0.3)


def test_gain_polarity_and_a_short_filter_cost_nothing(speech: torch.Tensor) -> None:
    echo = torch.nn.functional.pad(speech, (100, 0))[:, :8000]
    noise = 0.1 * torch.randn(2, 8000, generator=torch.Generator().manual_seed(1))
    plain = sdr_db(estimate=speech + noise, reference=speech)
    assert torch.allclose(sdr_db(estimate=-1e-3 * (speech + noise), reference=50 * speech), plain, atol=1e-3)
    # What is left is the echo that the end cuts off.
    assert sdr_db(estimate=speech - 0.5 * echo, reference=speech).min() > 20


def test_a_delay_beyond_the_filter_costs_everything(speech: torch.Tensor) -> None:
    late = torch.nn.functional.pad(speech, (600, 0))[:, :8000]
    assert sdr_db(estimate=late, reference=speech).max() < 5


def test_silence_and_perfection_have_finite_scores(speech: torch.Tensor) -> None:
    silent = torch.zeros_like(speech)
    assert sdr_db(estimate=silent, reference=speech).tolist() == [-100.0, -100.0]
    assert sdr_db(estimate=speech, reference=silent).tolist() == [-100.0, -100.0]
    assert 60 < sdr_db(estimate=speech, reference=speech).min() <= 100


@pytest.mark.parametrize("samples", [1, 2, 511, 513])
def test_the_shortest_signals_have_a_score(samples: int) -> None:
    signal = torch.randn(3, 2, samples, generator=torch.Generator().manual_seed(2))
    score = sdr_db(estimate=signal, reference=signal.flip(1))
    assert score.shape == (3, 2) and torch.isfinite(score).all()
