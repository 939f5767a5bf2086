"""What the configurations of all separators on spectra have in common."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.errors import InputRefused
from modeling.models.configs.base import SeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectralSeparatorConfig(SeparatorConfig):
    """A separator on the short-time Fourier transform; 256/128 at 8 kHz is a 32 ms window with a 16 ms hop."""

    fft_samples: int = 256
    hop_samples: int = 128

    def __post_init__(self) -> None:
        if self.fft_samples % 2 or self.hop_samples > self.fft_samples // 2:
            raise InputRefused(
                f"Setting 'fft_samples' must be even and 'hop_samples' at most half of it, "
                f"not {self.fft_samples} and {self.hop_samples}."
            )

    @property
    def num_bins(self) -> int:
        return self.fft_samples // 2 + 1
