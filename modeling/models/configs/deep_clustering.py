"""Configuration of deep clustering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modeling.models.configs.spectral import SpectralSeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepClusteringConfig(SpectralSeparatorConfig):
    """Size of deep clustering; the default is as published (Hershey et al., 2016, arXiv 1508.04306).

    Two BLSTM layers of 300 units in each direction, 40 dimensions, 32 ms windows with an 8 ms hop at 8 kHz. The
    weights know no number of sources: `num_sources` is only how many stems a mixture gets unless told otherwise.
    """

    free_of_weights: ClassVar[frozenset[str]] = frozenset({"dropout", "num_sources", "silence_db"})

    hop_samples: int = 64
    hidden_size: int = 300
    num_layers: int = 2
    dimensions: int = 40
    dropout: float = 0.0
    silence_db: float = 40.0
    """Bins this far below the loudest one of the mixture count neither in training nor in clustering."""
