"""Configuration of every architecture, without torch, so that a bundle can be checked where torch is absent."""

from __future__ import annotations

from modeling.models.configs.base import EstimatorConfig, ModelConfig, SeparatorConfig
from modeling.models.configs.blstm import BlstmConfig
from modeling.models.configs.quality_estimator import QualityEstimatorConfig
from modeling.models.configs.sisnr_estimator import SisnrEstimatorConfig

__all__ = [
    "BlstmConfig",
    "EstimatorConfig",
    "ModelConfig",
    "QualityEstimatorConfig",
    "SeparatorConfig",
    "SisnrEstimatorConfig",
]
