"""Where an estimator's training stems come from, and how they are varied: plain typed values, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from modeling.errors import InputRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolConfig:
    """Folders of stems that a pool of separators made (`python -m modeling pool separate`)."""

    examples: Path | None = None
    """Stems of training speakers, each by separators that never heard that speaker."""
    selection: Path | None = None
    """Stems of validation speakers by a family that is not in `examples`: picks the best checkpoint."""
    mask_share: float = 0.3
    """Share of mixtures that are masked anew, between what a separator made and what its references say."""
    blend_share: float = 0.2
    """Share whose stems then move towards the mixture, the reference or another separator's; artefacts remain."""
    failure_share: float = 0.2
    """Share with a failure instead: swapped, one voice twice, clipped, coded, the mixture, a stranger."""
    shortest_crop_s: float = 2.0
    """Examples are cropped to a length from this to the whole."""
    convention: Literal["dry", "early", "reverberant"] = "reverberant"
    """What an estimator with a single output is trained against."""

    def __post_init__(self) -> None:
        for name in ("mask_share", "blend_share", "failure_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputRefused(f"pool.{name} must be from 0 to 1, not {getattr(self, name)}.")
        if self.blend_share + self.failure_share > 1.0:
            raise InputRefused(
                f"pool.blend_share {self.blend_share} and pool.failure_share {self.failure_share} exclude each other: "
                "together they may not exceed 1."
            )
