"""Configuration of sudo rm -rf, the improved version."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.errors import InputRefused
from modeling.models.configs.base import SeparatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SudoRmRfConfig(SeparatorConfig):
    """Tzinis, Wang and Smaragdis, 2020 (MLSP; arXiv 2007.06833 and 2103.02644), "SuDoRM-RF++ 1.0x" at 8 kHz: 16
    blocks over 5 resolutions, 2,720,417 parameters for two speakers.
    """

    num_filters: int = 512
    """Filters of the encoder and the decoder."""
    filter_samples: int = 21
    """Odd, from 3; the hop is half of it, rounded down."""
    bottleneck_channels: int = 128
    """Width of the path that the blocks add to."""
    hidden_channels: int = 512
    """Width inside a block."""
    num_blocks: int = 16
    num_resolutions: int = 5
    """Of one block: each has half the frames of the one before."""

    def __post_init__(self) -> None:
        if self.filter_samples % 2 == 0 or self.filter_samples < 3:
            raise InputRefused(
                f"Setting filter_samples of sudo rm -rf is {self.filter_samples}; it must be odd, from 3."
            )

    @property
    def hop_samples(self) -> int:
        return self.filter_samples // 2
