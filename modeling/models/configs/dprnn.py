"""Configuration of the dual-path recurrent network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modeling.models.configs.base import SeparatorConfig
from modeling.models.configs.chunking import check_chunking


@dataclass(frozen=True, slots=True, kw_only=True)
class DprnnConfig(SeparatorConfig):
    """SpeechBrain's DPRNN by default (14.6 M parameters, 8 kHz); other values are Asteroid's DPRNNTasNet.

    Asteroid's defaults: `filters=64, width=128, hidden_size=128, chunk_frames=100, hop_frames=50,
    chunk_padding="whole", encoder_activation="linear", mask_activation="sigmoid", bottleneck_bias=True`.
    """

    filters: int = 256
    kernel_samples: int = 16
    stride_samples: int = 8
    width: int = 256
    hidden_size: int = 256
    num_blocks: int = 6
    recurrent_layers: int = 1
    chunk_frames: int = 250
    hop_frames: int = 125
    chunk_padding: Literal["half", "whole"] = "half"
    encoder_activation: Literal["relu", "linear"] = "relu"
    mask_activation: Literal["relu", "sigmoid"] = "relu"
    bottleneck_bias: bool = False
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_chunking(self.chunk_frames, self.hop_frames, self.chunk_padding)
