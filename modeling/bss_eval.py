"""SDR of BSS Eval version 3 (Vincent et al., 2006): what no filter of 512 taps can explain by the reference is error.

Shape suffixes: n pairs, t samples, k filter taps.
"""

from __future__ import annotations

import torch
from scipy.fft import next_fast_len
from torch import Tensor

from modeling.losses import LIMIT_DB

FILTER_TAPS = 512
_LOADING = 1e-10
"""Share of the reference's power added to its autocorrelation: band-limited references have no inverse."""
_SILENT_ENERGY = 1e-30


def sdr_db(*, estimate: Tensor, reference: Tensor, filter_taps: int = FILTER_TAPS) -> Tensor:
    """SDR in dB of each estimate against its own reference: `(..., t), (..., t) -> (...)`, single precision.

    The target part of an estimate is its projection on the reference delayed by 0 to `filter_taps - 1` samples,
    the error is the rest. Blind to gain and to short filters, so it is never below the SI-SDR by much and often
    above. Kept within +-100 dB; a silent estimate or reference scores -100 dB. Computed in double precision.
    """
    if estimate.shape != reference.shape:
        raise ValueError(f"estimate is {tuple(estimate.shape)}, reference {tuple(reference.shape)}")
    shape, samples = estimate.shape[:-1], estimate.shape[-1]
    estimate_nt = estimate.reshape(-1, samples).double()
    reference_nt = reference.reshape(-1, samples).double()
    share_n = _explained_share(estimate_nt, reference_nt, filter_taps)
    floor = 10 ** (-LIMIT_DB / 10)
    ratio_n = share_n.clamp_min(floor) / (1 - share_n).clamp_min(floor)
    silent_n = (estimate_nt.square().sum(-1) < _SILENT_ENERGY) | (
        reference_nt.square().sum(-1) < _SILENT_ENERGY
    )
    score_db = (10 * ratio_n.log10()).clamp(-LIMIT_DB, LIMIT_DB).masked_fill(silent_n, -LIMIT_DB)
    return score_db.float().reshape(shape)


def _explained_share(estimate_nt: Tensor, reference_nt: Tensor, taps: int) -> Tensor:
    """The share of each estimate's energy that its projection holds."""
    length = next_fast_len(estimate_nt.shape[-1] + taps, real=True)
    # At unit energy the loading means the same for every level.
    estimate_nt, reference_nt = _unit_energy(estimate_nt), _unit_energy(reference_nt)
    reference_nf = torch.fft.rfft(reference_nt, n=length)
    auto_nk = torch.fft.irfft(reference_nf.abs().square(), n=length)[:, :taps]
    cross_nk = torch.fft.irfft(reference_nf.conj() * torch.fft.rfft(estimate_nt, n=length), n=length)[
        :, :taps
    ]
    steps = torch.arange(taps, device=estimate_nt.device)
    toeplitz_nkk = auto_nk[:, (steps[:, None] - steps).abs()]
    toeplitz_nkk = toeplitz_nkk + _LOADING * torch.eye(taps, dtype=auto_nk.dtype, device=auto_nk.device)
    filter_nk = torch.linalg.solve(toeplitz_nkk, cross_nk)
    share_n: Tensor = (filter_nk * cross_nk).sum(-1)
    return share_n


def _unit_energy(signal_nt: Tensor) -> Tensor:
    return signal_nt / signal_nt.square().sum(-1, keepdim=True).sqrt().clamp_min(1e-15)
