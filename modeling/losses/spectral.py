"""Multi-resolution STFT loss: the spectra agree at several window lengths at once.

Shape suffixes: b batch, c sources, t samples, f frequency bins, n frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from modeling.models.masking import frame_mask, silence_padding


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """One window, its length also the length of the transform."""

    window_samples: int
    hop_samples: int


AT_8_KHZ = (
    Resolution(window_samples=256, hop_samples=64),
    Resolution(window_samples=512, hop_samples=128),
    Resolution(window_samples=1024, hop_samples=256),
)
"""Windows of 32, 64 and 128 ms at 8 kHz."""

_FLOOR = 1e-3
"""Magnitudes are compared down to 60 dB below a bin of the references' own RMS; below lies noise."""


def multi_resolution_stft_loss(
    *,
    estimate: Tensor,
    reference: Tensor,
    lengths_b: Tensor | None = None,
    resolutions: Sequence[Resolution] = AT_8_KHZ,
) -> Tensor:
    """Spectral convergence plus L1 of log magnitudes, `(b, c, t), (b, c, t) -> ()`, mean over items and resolutions.

    Yamamoto et al., 2020 (arXiv 1910.11480, equations 4 to 6), computed over all sources of an item together, so
    that one silent source does no harm. Both signals are brought to the level of the item's references first: a
    common scale of both changes nothing, the estimate's own level does. An item whose references are all silent
    gives 0 and no gradient. Estimates must already be in the order of their references.
    """
    estimate, reference = (silence_padding(signal.float(), lengths_b) for signal in (estimate, reference))
    if lengths_b is None:
        lengths_b = torch.full((len(estimate),), estimate.shape[-1], device=estimate.device)
    scale_b = _root_mean_square(reference, lengths_b)
    is_heard_b = scale_b > torch.finfo(torch.float32).tiny
    divisor_b11 = scale_b.masked_fill(~is_heard_b, 1.0).view(-1, 1, 1)
    terms = [
        _compare(estimate / divisor_b11, reference / divisor_b11, lengths_b, each) for each in resolutions
    ]
    loss_b = torch.stack(terms).mean(dim=0)
    return loss_b.masked_fill(~is_heard_b, 0.0).mean()


def _root_mean_square(signal_bct: Tensor, lengths_b: Tensor) -> Tensor:
    peak_b = signal_bct.abs().amax(dim=(1, 2))
    relative = signal_bct / peak_b.clamp_min(torch.finfo(torch.float32).tiny).view(-1, 1, 1)
    count_b = lengths_b.clamp_min(1) * signal_bct.shape[1]
    return peak_b * (relative.square().sum(dim=(1, 2)) / count_b).sqrt()


def _compare(estimate: Tensor, reference: Tensor, lengths_b: Tensor, resolution: Resolution) -> Tensor:
    estimate_bcfn, reference_bcfn = (_magnitudes(signal, resolution) for signal in (estimate, reference))
    # A frame belongs to an item when its centre does: the same frames as the item alone would have.
    frames_b = lengths_b // resolution.hop_samples + 1
    mask_b11n = frame_mask(frames_b, estimate_bcfn.shape[-1])[:, None, None, :]
    difference = (estimate_bcfn - reference_bcfn) * mask_b11n
    distance_b, size_b = (_norm(signal) for signal in (difference, reference_bcfn * mask_b11n))
    logs = (estimate_bcfn.log() - reference_bcfn.log()).abs() * mask_b11n
    count_b = frames_b * estimate_bcfn.shape[1] * estimate_bcfn.shape[2]
    return distance_b / size_b + logs.sum(dim=(1, 2, 3)) / count_b


def _norm(signal_bcfn: Tensor) -> Tensor:
    # The root has no slope at zero: a perfect match would have a gradient that is no number.
    return signal_bcfn.square().sum(dim=(1, 2, 3)).clamp_min(1e-12).sqrt()


def _magnitudes(signal_bct: Tensor, resolution: Resolution) -> Tensor:
    window = torch.hann_window(resolution.window_samples, device=signal_bct.device)
    with torch.autocast(signal_bct.device.type, enabled=False):
        spectrum = torch.stft(
            signal_bct.flatten(0, 1),
            resolution.window_samples,
            resolution.hop_samples,
            window=window / window.square().sum().sqrt(),
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
    power = spectrum.real.square() + spectrum.imag.square()
    magnitudes = (power + _FLOOR**2).sqrt()
    return magnitudes.view(*signal_bct.shape[:2], *magnitudes.shape[1:])
