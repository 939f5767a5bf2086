"""Configuration of the BLSTM separator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modeling.models.configs.base import SeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class BlstmConfig(SeparatorConfig):
    """Size of the BLSTM separator; 256/128 at 8 kHz is a 32 ms window with a 16 ms hop.

    Outside training the stems are averaged over `analysis_grids` passes whose frames begin at different samples:
    what a mask gets wrong because of where its frames lie averages out, at that many times the work.
    """

    free_of_weights: ClassVar[frozenset[str]] = frozenset({"dropout", "analysis_grids"})

    fft_samples: int = 256
    hop_samples: int = 128
    hidden_size: int = 256
    num_layers: int = 3
    dropout: float = 0.0
    analysis_grids: int = 1

    @property
    def num_bins(self) -> int:
        return self.fft_samples // 2 + 1
