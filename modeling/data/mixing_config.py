"""The rules by which mixtures are drawn: plain typed values, without torch.

Shares are probabilities from 0 to 1. The ranges are those of real recordings; what a clean mixture does not
have (noise, rooms, a device) has a share of 0, so that a run switches on what it wants.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from modeling.errors import InputRefused

SHORTEST_CROP_S = 0.1
MOST_SOURCES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MixingConfig:
    """How mixtures of two to five speakers are drawn."""

    num_sources: int = 2
    """Voices in every mixture, 2 to 5."""
    crop_s: float = 2.0
    """Length of a mixture in seconds."""
    whole_clips: bool = False
    """Mixtures as long as their voices, `crop_s` at most, padded to the longest of their batch; otherwise all crops
    are `crop_s` long."""
    same_source_share: float = 0.7
    """Corpora differ in channel: mixtures within one keep the model from telling voices apart by channel."""
    same_sex_share: float = 0.5
    """Among speakers whose sex is known: left to chance, a model lives on the easy pairs."""
    partial_overlap_share: float = 0.0
    """Mixtures whose voices overlap in part only."""
    overlap_low: float = 0.3
    """Least share of the shorter voice that overlaps."""
    overlap_high: float = 1.0
    """A partial overlap is a share of the shorter voice; otherwise the shorter voice is overlapped wholly."""
    level_rule: Literal["sir", "librimix", "wham"] = "sir"
    """`sir`: by the ranges below. `librimix`, `wham`: levels of those data sets, see modeling/data/levels.py."""
    sir_range_db: float = 5.0
    """The first speaker is up to so much louder or softer than any other; by energy, as at the microphone."""
    noisy_share: float = 0.0
    """Mixtures with a recorded noise."""
    snr_low_db: float = 0.0
    """Of the voices' sum over the noise, at least."""
    snr_high_db: float = 20.0
    """And at most."""
    noise_floor_share: float = 0.0
    """Mixtures with one hiss under all voices."""
    noise_floor_low_db: float = -35.0
    """Of the hiss, relative to the voices' sum, at least."""
    noise_floor_high_db: float = -25.0
    """One hiss under all voices, relative to their sum: each corpus has its own, which gives it away."""
    reverberant_share: float = 0.0
    """Mixtures whose voices stand in one room."""
    rooms_folder: Path | None = None
    """Rooms simulated by `python -m modeling prepare rooms`, drawn beside the measured ones."""
    equaliser_share: float = 0.0
    """Share of mixtures whose voices are coloured, each by an equaliser of its own, before the room."""
    device_share: float = 0.0
    """Share of mixtures that pass through one recording device; the shares below are among these."""
    band_limit_share: float = 0.7
    """A band narrower than the recording."""
    clipping_share: float = 0.15
    """Peaks cut off."""
    pumping_share: float = 0.3
    """A gain that follows the level."""
    packet_gap_share: float = 0.15
    """Lost packets, as silence."""
    speeds_percent: tuple[int, ...] = (85, 92, 100, 108, 115)
    """Resampling makes new voices: pitch and formants move together."""
    speaker_half: Literal["A", "B", "all"] = "all"
    """Train on one half of the speakers: a pool of separators that teaches estimators on the other half."""
    shards_folder: Path | None = None
    """Training speech from archives made by `python -m modeling prepare shards`, instead of the corpus."""
    window_clips: int = 4000
    """So many clips of the archives are in memory at a time."""
    workers: int = 0
    """Processes that draw ahead, for a GPU that waits; the stream is the same for any number from 1."""
    most_clips: int | None = None
    """Use only so many clips, spread over the manifest: for runs that must start at once."""

    def __post_init__(self) -> None:
        if not 2 <= self.num_sources <= MOST_SOURCES:
            raise InputRefused(
                f"mixing.num_sources must be between 2 and {MOST_SOURCES}, not {self.num_sources}."
            )
        for name in (entry.name for entry in fields(self) if entry.name.endswith("_share")):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputRefused(f"mixing.{name} must be between 0 and 1, not {getattr(self, name)}.")
        for low, high in (
            ("overlap_low", "overlap_high"),
            ("snr_low_db", "snr_high_db"),
            ("noise_floor_low_db", "noise_floor_high_db"),
        ):
            if getattr(self, low) > getattr(self, high):
                raise InputRefused(f"mixing.{low} is above mixing.{high}: exchange them.")
        if not (self.overlap_low >= 0.0 and self.overlap_high <= 1.0):
            raise InputRefused(
                "mixing.overlap_low and mixing.overlap_high must be between 0 and 1, not "
                f"{self.overlap_low} and {self.overlap_high}."
            )
        if not self.crop_s >= SHORTEST_CROP_S:
            raise InputRefused(f"mixing.crop_s must be at least {SHORTEST_CROP_S}, not {self.crop_s}.")
        if not self.speeds_percent or not all(50 <= speed <= 200 for speed in self.speeds_percent):
            raise InputRefused(
                f"mixing.speeds_percent must hold values from 50 to 200, not {self.speeds_percent}."
            )


def everyday_mixing(*, crop_s: float = 4.0, num_sources: int = 2) -> MixingConfig:
    """Mixtures as people's own devices record them in their rooms: every rule switched on."""
    return MixingConfig(
        num_sources=num_sources,
        crop_s=crop_s,
        partial_overlap_share=0.5,
        noisy_share=0.6,
        noise_floor_share=0.8,
        reverberant_share=0.6,
        equaliser_share=0.5,
        device_share=0.5,
    )
