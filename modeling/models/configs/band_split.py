"""Configuration of the band-split dual-path separator."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.errors import InputRefused
from modeling.models.configs.spectral import MaskSeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSplitConfig(MaskSeparatorConfig):
    """Size of the band-split separator; the default is as large as BSRNN (Luo and Yu, 2023, arXiv 2209.15174).

    The lowest quarter of the spectrum (to 1 kHz at 8 kHz) is cut into `low_bands` equal bands, each of the two
    octaves above into `octave_bands`: narrow where the harmonics of voices can be told apart.
    """

    hop_samples: int = 64
    low_bands: int = 8
    octave_bands: int = 4
    num_blocks: int = 12
    embedding_size: int = 128
    hidden_size: int = 256
    mask_hidden_size: int = 512

    def __post_init__(self) -> None:
        MaskSeparatorConfig.__post_init__(self)
        if any(width < 1 for width in self.band_widths):
            raise InputRefused(
                f"Settings 'low_bands' ({self.low_bands}) and 'octave_bands' ({self.octave_bands}) cut "
                f"{self.num_bins} bins into bands without a bin: take fewer bands or a larger 'fft_samples'."
            )

    @property
    def band_widths(self) -> list[int]:
        """How many bins each band has, from the lowest on; the highest takes the bin at half the sample rate."""
        quarter = self.fft_samples / 8
        low = [index * quarter / self.low_bands for index in range(self.low_bands)]
        octaves = [
            quarter * 2**octave * (1 + index / self.octave_bands)
            for octave in (0, 1)
            for index in range(self.octave_bands)
        ]
        edges = [*(round(edge) for edge in (*low, *octaves)), self.num_bins]
        return [high - below for below, high in zip(edges, edges[1:], strict=False)]
