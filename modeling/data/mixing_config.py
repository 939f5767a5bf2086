"""The rules by which mixtures are drawn: plain typed values, without torch.

Shares are probabilities from 0 to 1. The ranges are those of real recordings; what a clean mixture does not
have (noise, rooms, a device) has a share of 0, so that a run switches on what it wants.
"""

from __future__ import annotations

from dataclasses import dataclass

from modeling.errors import InputRefused

MOST_SOURCES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MixingConfig:
    """How mixtures of two to five speakers are drawn."""

    num_sources: int = 2
    crop_s: float = 2.0
    sir_range_db: float = 5.0
    """The first speaker is up to so much louder or softer than any other; by energy, as at the microphone."""
    same_source_share: float = 0.7
    """Corpora differ in channel: mixtures within one keep the model from telling voices apart by channel."""
    noisy_share: float = 0.0
    snr_low_db: float = 0.0
    snr_high_db: float = 20.0
    reverberant_share: float = 0.0
    speeds_percent: tuple[int, ...] = (85, 92, 100, 108, 115)
    """Resampling makes new voices: pitch and formants move together."""
    speaker_half: Literal["A", "B", "all"] = "all"
    """Train on one half of the speakers: a pool of separators that teaches estimators on the other half."""
    most_clips: int | None = None
    """Use only so many clips, spread over the manifest: for runs that must start at once."""

    def __post_init__(self) -> None:
        if not 2 <= self.num_sources <= MOST_SOURCES:
            raise InputRefused(
                f"mixing.num_sources must be between 2 and {MOST_SOURCES}, not {self.num_sources}."
            )
