"""How an estimate reads on a page: its sentence, its other figures, one plain word and a bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from evaluation.runs.models import QualityEstimate

# The first that the figure reaches; the last takes what is left. 0 dB: the others are as loud as this voice.
WORDS: Final = ((10.0, "well separated"), (5.0, "mostly separated"), (0.0, "partly separated"))
WORST_WORD: Final = "hardly separated"

AGAINST: Final = {
    "reverberant": "as at the microphone",
    "early": "with early reflections only",
    "dry": "dry, without the room",
}

# The labels of our estimators: nothing outside is ever estimated, so the bar needs no more room.
LOWEST_DB: Final = -10.0
HIGHEST_DB: Final = 25.0
BAR_WIDTH: Final = 350


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalBar:
    """Where to draw an interval and its median on a bar that is `BAR_WIDTH` wide; `zero` is 0 dB."""

    start: float
    width: float
    median: float
    zero: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReading:
    against: str
    si_snr_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateReading:
    estimate: QualityEstimate

    @property
    def convention(self) -> str:
        """An older row does not say its own; its bundle has had only one."""
        return self.estimate.convention or self.estimate.bundle.target_convention

    @property
    def against(self) -> str:
        return AGAINST.get(self.convention, "reference unknown")

    @property
    def others(self) -> list[OtherReading]:
        """Against the other references, from the driest on."""
        kept: dict[str, dict[str, Any]] = self.estimate.other_conventions
        return [
            OtherReading(against=AGAINST[name], si_snr_db=kept[name]["si_snr_db"])
            for name in ("dry", "early", "reverberant")
            if name in kept
        ]

    @property
    def word(self) -> str:
        return next((word for from_db, word in WORDS if self.estimate.si_snr_db >= from_db), WORST_WORD)

    @property
    def bar(self) -> IntervalBar | None:
        """None where the estimator gave no interval, or none was kept."""
        low_db, high_db = self.estimate.low_db, self.estimate.high_db
        if low_db is None or high_db is None:
            return None
        start = across(low_db)
        return IntervalBar(
            start=start,
            width=round(across(high_db) - start, 1),
            median=across(self.estimate.si_snr_db),
            zero=across(0.0),
        )


def across(level_db: float) -> float:
    share = (level_db - LOWEST_DB) / (HIGHEST_DB - LOWEST_DB)
    return round(BAR_WIDTH * min(1.0, max(0.0, share)), 1)
