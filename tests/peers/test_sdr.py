"""SDR agrees with mir_eval (the reference implementation in Python) and with fast_bss_eval."""

import warnings

import fast_bss_eval
import mir_eval
import numpy as np
import pytest
import torch

from modeling.bss_eval import sdr_db


def coloured(rows: int, samples: int, seed: int) -> torch.Tensor:
    """Noise with the long-term spectrum of speech, about: level with 500 Hz, then 12 dB an octave less."""
    noise = torch.randn(rows, samples, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    hertz = torch.fft.rfftfreq(samples, 1 / 8000)
    return torch.fft.irfft(torch.fft.rfft(noise) / (1 + (hertz / 500) ** 2), n=samples)


@pytest.mark.parametrize("leak", [0.01, 0.3, 3.0])
def test_it_agrees_with_mir_eval(leak: float) -> None:
    reference = coloured(2, 12_000, seed=0)
    estimate = reference + leak * reference.flip(0) + 0.05 * leak * coloured(2, 12_000, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        theirs = mir_eval.separation.bss_eval_sources(
            reference.numpy(), estimate.numpy(), compute_permutation=False
        )[0]
    np.testing.assert_allclose(sdr_db(estimate=estimate, reference=reference), theirs, atol=0.01)


@pytest.mark.parametrize("samples", [4000, 16_000])
def test_it_agrees_with_fast_bss_eval(samples: int) -> None:
    reference, other = coloured(4, samples, seed=2), coloured(4, samples, seed=3)
    estimate = reference + 0.2 * other
    theirs = torch.stack(
        [
            fast_bss_eval.sdr(ref[None], est[None], filter_length=512, clamp_db=100)[0]
            for ref, est in zip(reference, estimate, strict=True)
        ]
    )
    torch.testing.assert_close(
        sdr_db(estimate=estimate, reference=reference), theirs.float(), rtol=0, atol=0.01
    )
