"""Configuration of SepFormer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modeling.models.configs.base import SeparatorConfig
from modeling.models.configs.chunking import check_chunking, check_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class SepformerConfig(SeparatorConfig):
    """SpeechBrain's SepFormer (25.7 M parameters, 8 kHz).

    `checkpoint_layers` keeps only the input of every transformer layer in training and computes the rest again
    on the way back: a tenth of the memory for a third more work.
    """

    free_of_weights: ClassVar[frozenset[str]] = frozenset({"dropout", "checkpoint_layers"})

    filters: int = 256
    kernel_samples: int = 16
    stride_samples: int = 8
    width: int = 256
    num_heads: int = 8
    feedforward_size: int = 1024
    intra_layers: int = 8
    inter_layers: int = 8
    num_blocks: int = 2
    chunk_frames: int = 250
    dropout: float = 0.0
    checkpoint_layers: bool = False

    def __post_init__(self) -> None:
        check_chunking(self.chunk_frames, self.chunk_frames // 2, "half")
        check_heads(self.width, self.num_heads)
