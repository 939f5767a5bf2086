"""Configuration of the dual-path transformer network with recurrence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modeling.models.configs.base import SeparatorConfig
from modeling.models.configs.chunking import check_chunking, check_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class DptnetConfig(SeparatorConfig):
    """Asteroid's DPTNet (8.5 M parameters, 8 kHz)."""

    filters: int = 64
    kernel_samples: int = 16
    stride_samples: int = 8
    num_heads: int = 4
    hidden_size: int = 256
    num_blocks: int = 6
    chunk_frames: int = 100
    hop_frames: int = 50
    encoder_activation: Literal["relu", "linear"] = "relu"
    mask_activation: Literal["relu", "sigmoid"] = "relu"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_chunking(self.chunk_frames, self.hop_frames, "whole")
        check_heads(self.filters, self.num_heads)
