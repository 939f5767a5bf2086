"""Training runs: typed functions that return a RunConfig, listed here by name; without torch."""

from __future__ import annotations

from collections.abc import Callable

from modeling.runs.band_split_small import band_split_small, band_split_small_noisy
from modeling.runs.blstm_clean import (
    blstm_clean,
    blstm_everyday,
    blstm_noisy,
    blstm_staged,
    blstm_three,
)
from modeling.runs.config import RunConfig
from modeling.runs.conv_tasnet_small import conv_tasnet_small
from modeling.runs.debug import debug
from modeling.runs.deep_clustering_small import deep_clustering_small
from modeling.runs.dprnn_small import dprnn_small
from modeling.runs.librimix import conv_tasnet_librimix, sepformer_librimix
from modeling.runs.pool_members import POOL_MEMBERS
from modeling.runs.quality_estimator import (
    quality_estimator,
    quality_estimator_front_end,
    sisnr_baseline,
    sisnr_published,
)
from modeling.runs.remixit import remixit
from modeling.runs.sepformer_small import sepformer_small
from modeling.runs.tf_gridnet_small import tf_gridnet_small

RUNS: dict[str, Callable[[], RunConfig]] = {
    "debug": debug,
    "blstm_clean": blstm_clean,
    "blstm_noisy": blstm_noisy,
    "blstm_staged": blstm_staged,
    "blstm_everyday": blstm_everyday,
    "blstm_three": blstm_three,
    "band_split_small": band_split_small,
    "band_split_small_noisy": band_split_small_noisy,
    "tf_gridnet_small": tf_gridnet_small,
    "deep_clustering_small": deep_clustering_small,
    "conv_tasnet_small": conv_tasnet_small,
    "dprnn_small": dprnn_small,
    "sepformer_small": sepformer_small,
    "remixit": remixit,
    "quality_estimator": quality_estimator,
    "quality_estimator_front_end": quality_estimator_front_end,
    "sisnr_baseline": sisnr_baseline,
    "sisnr_published": sisnr_published,
    "sepformer_librimix": sepformer_librimix,
    "conv_tasnet_librimix": conv_tasnet_librimix,
    **POOL_MEMBERS,
}
