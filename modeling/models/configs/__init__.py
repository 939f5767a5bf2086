"""Configuration of every architecture, without torch, so that a bundle can be checked where torch is absent."""

from __future__ import annotations

from modeling.models.configs.band_split import BandSplitConfig
from modeling.models.configs.base import EstimatorConfig, ModelConfig, SeparatorConfig
from modeling.models.configs.blstm import BlstmConfig
from modeling.models.configs.conv_tasnet import ConvTasnetConfig
from modeling.models.configs.deep_clustering import DeepClusteringConfig
from modeling.models.configs.dprnn import DprnnConfig
from modeling.models.configs.dptnet import DptnetConfig
from modeling.models.configs.quality_estimator import QualityEstimatorConfig
from modeling.models.configs.re_sepformer import ReSepformerConfig
from modeling.models.configs.sepformer import SepformerConfig
from modeling.models.configs.sisnr_estimator import SisnrEstimatorConfig
from modeling.models.configs.sudo_rm_rf import SudoRmRfConfig
from modeling.models.configs.tf_gridnet import TfGridNetConfig

__all__ = [
    "BandSplitConfig",
    "BlstmConfig",
    "ConvTasnetConfig",
    "DeepClusteringConfig",
    "DprnnConfig",
    "DptnetConfig",
    "EstimatorConfig",
    "ModelConfig",
    "QualityEstimatorConfig",
    "ReSepformerConfig",
    "SeparatorConfig",
    "SepformerConfig",
    "SisnrEstimatorConfig",
    "SudoRmRfConfig",
    "TfGridNetConfig",
]
