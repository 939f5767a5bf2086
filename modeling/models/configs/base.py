"""What every configuration has in common: the kind of model, and which settings the weights depend on."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Plain values that describe one network; numbers, flags and words only."""

    free_of_weights: ClassVar[frozenset[str]] = frozenset({"dropout"})
    """Settings that may change without touching the weights."""

    @property
    def learned(self) -> tuple[object, ...]:
        """What the weights depend on: training may go on from a bundle that agrees in this."""
        kept = [entry.name for entry in dataclasses.fields(self) if entry.name not in self.free_of_weights]
        return (type(self).__name__, *((name, getattr(self, name)) for name in sorted(kept)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatorConfig(ModelConfig):
    """A network `(batch, samples) -> (batch, sources, samples)`."""

    num_sources: int = 2
    """Stems that come out; for training, as many as voices go in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorConfig(ModelConfig):
    """A network that reads a mixture and stems and says one SI-SNR in dB for each stem."""

    label_low_db: float = -10.0
    """Labels are clipped from below, dB."""
    label_high_db: float = 25.0
    """Labels are clipped from above, dB."""
