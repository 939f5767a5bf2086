"""Configuration of TF-GridNet."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.errors import InputRefused
from modeling.models.configs.spectral import SpectralSeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TfGridNetConfig(SpectralSeparatorConfig):
    """Size of TF-GridNet; the default is the published 14.4 M model for WSJ0-2mix at 8 kHz (16 ms, hop 8 ms).

    Wang et al., 2023 (arXiv 2211.12433), in their letters: D `embedding_size`, B `num_blocks`, H `hidden_size`,
    I `stacked_steps`, J `stacking_hop`, L `num_heads`. Stacking with J = I takes a J-th of the recurrent steps.
    """

    fft_samples: int = 128
    hop_samples: int = 64
    num_blocks: int = 6
    embedding_size: int = 64
    hidden_size: int = 256
    stacked_steps: int = 4
    stacking_hop: int = 1
    num_heads: int = 4
    attention_width: int = 512
    """About how many numbers a query or key of one frame and head has: it is spread over the bins, rounded up."""

    def __post_init__(self) -> None:
        SpectralSeparatorConfig.__post_init__(self)
        if self.embedding_size % self.num_heads:
            raise InputRefused(
                f"Setting 'embedding_size' must be a multiple of 'num_heads' ({self.num_heads}), "
                f"not {self.embedding_size}."
            )
        if self.stacking_hop > self.stacked_steps:
            raise InputRefused(
                f"Setting 'stacking_hop' must be at most 'stacked_steps' ({self.stacked_steps}), "
                f"not {self.stacking_hop}: steps would be left out."
            )
