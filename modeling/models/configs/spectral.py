"""What the configurations of separators on spectra have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSeparatorConfig(SpectralSeparatorConfig):
    """A separator that estimates complex masks of the spectrum.

    Outside training the stems are averaged over `analysis_grids` passes whose frames begin at different samples:
    what a mask gets wrong because of where its frames lie averages out, at that many times the work.
    """

    free_of_weights: ClassVar[frozenset[str]] = frozenset({"dropout", "analysis_grids"})

    dropout: float = 0.0
    analysis_grids: int = 1

    def __post_init__(self) -> None:
        SpectralSeparatorConfig.__post_init__(self)
        if self.analysis_grids > self.hop_samples:
            raise InputRefused(
                f"Setting 'analysis_grids' must be at most 'hop_samples' ({self.hop_samples}), "
                f"not {self.analysis_grids}: passes would repeat each other."
            )
