"""The one door to torchaudio: resampling with a change of speed, and loudness, for training data."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from functools import lru_cache
from types import ModuleType
from typing import Any

import torch
from scipy.fft import next_fast_len
from torch import Tensor
from torch.nn import functional


def change_rate(waveform_t: Tensor, *, from_hz: int, to_hz: int, speed_percent: int = 100) -> Tensor:
    """Resample, and play faster (above 100) or slower: pitch and formants move along, like another voice."""
    ratio = Fraction(to_hz * 100, from_hz * speed_percent)
    if ratio == 1:
        return waveform_t
    resampled_t: Tensor = _resampler(ratio.denominator, ratio.numerator)(waveform_t)
    return resampled_t


def loudness_lufs(waveform_t: Tensor, *, sample_rate_hz: int) -> float:
    """Integrated loudness (ITU-R BS.1770, gated) of a mono signal; negative infinity for silence.

    torchaudio's own `loudness` filters sample by sample in Python where its extension is absent (0.9 s for
    4 s of sound). The weighting filter is short, so its impulse response is convolved instead.
    """
    kernel_t = _weighting_kernel(sample_rate_hz)
    # A length without large prime factors: the transform of another takes ten times as long.
    length = next_fast_len(waveform_t.shape[-1] + kernel_t.shape[-1] - 1, real=True)
    spectrum_f = torch.fft.rfft(waveform_t, length) * torch.fft.rfft(kernel_t, length)
    weighted_t = torch.fft.irfft(spectrum_f, length)[: waveform_t.shape[-1]]
    block, hop = int(0.4 * sample_rate_hz), int(0.1 * sample_rate_hz)
    missing = max(0, block - weighted_t.shape[-1])
    power_n = functional.pad(weighted_t, (0, missing)).unfold(-1, block, hop).square().mean(dim=-1)
    loud_n = power_n[_as_lufs(power_n) > -70.0]
    gated_n = loud_n[_as_lufs(loud_n) > _as_lufs(loud_n.mean()) - 10.0]
    return float(_as_lufs(gated_n.mean())) if len(gated_n) else float("-inf")


def _as_lufs(power: Tensor) -> Tensor:
    return -0.691 + 10 * torch.log10(power)


@lru_cache(maxsize=4)
def _weighting_kernel(sample_rate_hz: int) -> Tensor:
    """Impulse response of the K-weighting: a treble shelf for the head, a high-pass for the ear's bass."""
    filters = load_torchaudio().functional
    impulse_t = torch.zeros(sample_rate_hz // 4)
    impulse_t[0] = 1.0
    # The high-pass alone overshoots +-1, where torchaudio would clip: filter a smaller impulse.
    shelved_t = filters.treble_biquad(impulse_t / 16, sample_rate_hz, 4.0, 1500.0, 1 / math.sqrt(2))
    kernel_t: Tensor = filters.highpass_biquad(shelved_t, sample_rate_hz, 38.0, 0.5) * 16
    return kernel_t


@lru_cache(maxsize=32)
def _resampler(from_hz: int, to_hz: int) -> Any:
    return load_torchaudio().transforms.Resample(from_hz, to_hz)


@lru_cache(maxsize=1)
def load_torchaudio() -> ModuleType:
    """Import torchaudio where its compiled extension fits this torch, and without the extension where not."""
    try:
        import torchaudio
    except OSError:
        # The published wheels are linked against CUDA; beside a CPU build of torch only their compiled
        # extension fails to load, and nothing used here needs it.
        _forget_half_imported()
        sys.modules["torchaudio._extension"] = _extension_stub()
        import torchaudio
    return torchaudio  # type: ignore[no-any-return]


def _forget_half_imported() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "torchaudio"]:
        del sys.modules[name]


def _extension_stub() -> ModuleType:
    def needs_extension(*_: object, **__: object) -> Any:
        def refuse(*_: object, **__: object) -> None:
            raise RuntimeError("this torchaudio function needs its compiled extension, which did not load")

        return refuse

    stub: Any = ModuleType("torchaudio._extension")
    stub._IS_TORCHAUDIO_EXT_AVAILABLE = False
    stub._IS_ALIGN_AVAILABLE = False
    stub._IS_RIR_AVAILABLE = False
    stub._check_cuda_version = lambda: None
    stub.fail_if_no_align = needs_extension
    stub.fail_if_no_rir = needs_extension
    module: ModuleType = stub
    return module
