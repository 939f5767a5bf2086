"""Configuration of the BLSTM separator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modeling.models.configs.spectral import SpectralSeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class BlstmConfig(SpectralSeparatorConfig):
    """Size of the BLSTM separator.

    Outside training the stems are averaged over `analysis_grids` passes whose frames begin at different samples:
    what a mask gets wrong because of where its frames lie averages out, at that many times the work.
    """

    free_of_weights: ClassVar[frozenset[str]] = frozenset({"dropout", "analysis_grids"})

    hidden_size: int = 256
    num_layers: int = 3
    dropout: float = 0.0
    analysis_grids: int = 1
