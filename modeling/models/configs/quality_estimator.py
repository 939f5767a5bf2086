"""Configuration of our own blind quality estimator: three target conventions, an interval, a distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modeling.models.configs.base import EstimatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEstimatorConfig(EstimatorConfig):
    """Size of the estimator, and what calibration on validation speakers found.

    256/128 samples at 8 kHz are a 32 ms window with a 16 ms hop. The figures of calibration are in dB, one for
    each target convention: `shift_` takes off the bias that blended and failed stems leave on real ones,
    `widen_` is the conformal correction of both sides of the interval, negative where it was too wide.
    """

    free_of_weights: ClassVar[frozenset[str]] = frozenset(
        {
            "dropout",
            "shift_dry_db",
            "shift_early_db",
            "shift_reverberant_db",
            "widen_dry_db",
            "widen_early_db",
            "widen_reverberant_db",
        }
    )

    fft_samples: int = 256
    hop_samples: int = 128
    conv_channels: int = 24
    """Channels of the first of four convolutions; the others have 4/3, 2 and 8/3 times as many."""
    token_size: int = 192
    feedforward_size: int = 768
    num_heads: int = 4
    num_layers: int = 2
    embedding_size: int = 96
    compression: float = 0.3
    """Magnitudes of the spectrum are raised to this power: quiet artefacts count beside loud vowels."""
    dropout: float = 0.1
    front_end_file: str = ""
    """A frozen WavLM, HuBERT or wav2vec 2.0 beside our own features: its file's name in REALM_FRONT_ENDS_DIR."""
    front_end_sha256: str = ""
    """Which file that is; training notes it, loading checks it."""
    front_end_upsampling: int = 2
    """These networks hear 16 kHz: twice the rate of signals at 8 kHz."""
    shift_dry_db: float = 0.0
    shift_early_db: float = 0.0
    shift_reverberant_db: float = 0.0
    widen_dry_db: float = 0.0
    widen_early_db: float = 0.0
    widen_reverberant_db: float = 0.0

    @property
    def widths(self) -> tuple[int, int, int, int]:
        first = self.conv_channels
        return first, 4 * first // 3, 2 * first, 8 * first // 3

    @property
    def shift_db(self) -> tuple[float, float, float]:
        """In the order of `CONVENTIONS`: dry, early, reverberant."""
        return self.shift_dry_db, self.shift_early_db, self.shift_reverberant_db

    @property
    def widen_db(self) -> tuple[float, float, float]:
        """In the order of `CONVENTIONS`: dry, early, reverberant."""
        return self.widen_dry_db, self.widen_early_db, self.widen_reverberant_db
