"""Configuration of RE-SepFormer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modeling.models.configs.base import SeparatorConfig
from modeling.models.configs.chunking import check_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class ReSepformerConfig(SeparatorConfig):
    """SpeechBrain's RE-SepFormer (8.0 M parameters, 8 kHz); `checkpoint_layers` as in SepFormer.

    Between two of the `num_blocks` blocks the segments exchange what they know: each is summed up by its mean,
    and `memory_layers` transformer layers run over these summaries.
    """

    free_of_weights: ClassVar[frozenset[str]] = frozenset({"dropout", "checkpoint_layers"})

    kernel_samples: int = 16
    stride_samples: int = 8
    width: int = 128
    num_heads: int = 8
    feedforward_size: int = 1024
    segment_layers: int = 8
    memory_layers: int = 8
    num_blocks: int = 2
    segment_frames: int = 150
    dropout: float = 0.0
    checkpoint_layers: bool = False

    def __post_init__(self) -> None:
        check_heads(self.width, self.num_heads)
