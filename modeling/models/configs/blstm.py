"""Configuration of the BLSTM separator."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.models.configs.spectral import MaskSeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class BlstmConfig(MaskSeparatorConfig):
    """Size of the BLSTM separator."""

    hidden_size: int = 256
    num_layers: int = 3
