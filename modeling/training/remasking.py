"""Stems that masks with mistakes make of a mixture: every quality, without running a separator.

Between the stems of a separator and its references a mask finds what a better or worse separator of the same
kind would have made: leaks, musical noise and local swaps remain, which a blend of waveforms does not have.

Shape suffixes: c stems, t samples, f frequency bins, n frames.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from modeling.training.degradation import Scene

WINDOWS_SAMPLES = (32, 64, 128, 256, 256, 512)
"""The short ones are as fine in time as learned filterbanks, the long ones as coarse as masks on the STFT."""

SHARPEST, DULLEST = 8.0, 0.25
"""Exponents of the shares: 1 is a ratio mask, large ones are binary, small ones leave the mixture."""

LARGEST_SLIP, LARGEST_SPECKLE = 4.0, 2.0
"""Standard deviations in nepers (8.7 dB) of mistakes that cover regions, and of those of single bins."""

CLEANED_SHARE, SMOOTHED_SHARE, NEARED_SHARE = 0.5, 0.4, 0.25
NEAREST = 0.8

_FLOOR = 1e-4


def remask(scene: Scene, rng: np.random.Generator) -> Tensor:
    """Mask the mixture anew, by what its references and the scene's stems say of every bin, with mistakes.

    A scene without stems (their samples are all zero) is masked by its references alone.
    """
    stems_ct, references_ct = scene.stems_ct, scene.references_ct
    trust = float(rng.uniform(0.0, 1.0)) if bool(stems_ct.any()) else 1.0
    noise_t = scene.mix_t - references_ct.sum(dim=0)
    window = int(rng.choice(WINDOWS_SAMPLES))
    spectra = _spectra(torch.cat([scene.mix_t[None], noise_t[None], references_ct, stems_ct]), window)
    mix_fn, noise_fn = spectra[0], spectra[1]
    references_cfn, stems_cfn = spectra[2:].chunk(2)
    floor = _FLOOR * float(mix_fn.abs().amax().clamp_min(_FLOOR))
    evidence_cfn = trust * _log(references_cfn, floor) + (1.0 - trust) * _log(stems_cfn, floor)
    evidence_cfn = evidence_cfn + _mistakes(evidence_cfn, rng)
    if rng.random() < CLEANED_SHARE:
        evidence_cfn = torch.cat([evidence_cfn, _log(noise_fn[None], floor)])
    sharpness = float(np.exp(rng.uniform(np.log(DULLEST), np.log(SHARPEST))))
    masks_cfn = _smoothed((sharpness * evidence_cfn).softmax(dim=0)[: len(stems_ct)], rng)
    made_ct = _signals(masks_cfn * mix_fn, window, samples=len(scene.mix_t))
    if rng.random() < NEARED_SHARE:
        made_ct = made_ct + float(rng.uniform(0.0, NEAREST)) * (references_ct - made_ct)
    return made_ct


def _mistakes(evidence_cfn: Tensor, rng: np.random.Generator) -> Tensor:
    """Regions given to the wrong voice, of any extent in time and frequency, and single bins."""
    voices, bins, frames = evidence_cfn.shape
    coarse = (int(rng.integers(1, min(bins, 12) + 1)), int(rng.integers(2, min(frames, 48) + 2)))
    slips = functional.interpolate(
        _normal(rng, (1, voices, *coarse)), size=(bins, frames), mode="bilinear", align_corners=True
    )[0]
    slip, speckle = LARGEST_SLIP * rng.random() ** 2, LARGEST_SPECKLE * rng.random() ** 2
    return float(slip) * slips + float(speckle) * _normal(rng, (voices, bins, frames))


def _smoothed(masks_cfn: Tensor, rng: np.random.Generator) -> Tensor:
    """Masks of a low resolution, in a share of scenes."""
    if rng.random() >= SMOOTHED_SHARE:
        return masks_cfn
    sizes = (1 + 2 * int(rng.integers(0, 3)), 1 + 2 * int(rng.integers(0, 3)))
    padding = (sizes[0] // 2, sizes[1] // 2)
    return functional.avg_pool2d(masks_cfn, sizes, stride=1, padding=padding, count_include_pad=False)


def _log(spectra_cfn: Tensor, floor: float) -> Tensor:
    return (torch.view_as_real(spectra_cfn).square().sum(dim=-1) + floor**2).log() / 2


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))


def _spectra(signals_ct: Tensor, window: int) -> Tensor:
    return torch.stft(
        signals_ct,
        n_fft=window,
        hop_length=window // 2,
        window=_window(window),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )


def _signals(spectra_cfn: Tensor, window: int, *, samples: int) -> Tensor:
    return torch.istft(
        spectra_cfn, n_fft=window, hop_length=window // 2, window=_window(window), length=samples
    )


def _window(samples: int) -> Tensor:
    return torch.hann_window(samples).sqrt()
