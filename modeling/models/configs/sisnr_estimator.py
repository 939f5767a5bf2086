"""Configuration of REAL-M's blind SI-SNR estimator."""

from __future__ import annotations

from dataclasses import dataclass

from modeling.models.configs.base import EstimatorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SisnrEstimatorConfig(EstimatorConfig):
    """Size and label range of the estimator (published range: 0 to 10 dB)."""

    channels: int = 128
