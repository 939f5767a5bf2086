"""Training runs: typed functions that return a RunConfig, listed here by name; without torch."""

from __future__ import annotations

from collections.abc import Callable

from modeling.runs.blstm_clean import blstm_clean, blstm_noisy
from modeling.runs.config import RunConfig
from modeling.runs.debug import debug
from modeling.runs.pool_members import POOL_MEMBERS
from modeling.runs.quality_estimator import quality_estimator, sisnr_baseline, sisnr_published

RUNS: dict[str, Callable[[], RunConfig]] = {
    "debug": debug,
    "blstm_clean": blstm_clean,
    "blstm_noisy": blstm_noisy,
    "quality_estimator": quality_estimator,
    "sisnr_baseline": sisnr_baseline,
    "sisnr_published": sisnr_published,
    **POOL_MEMBERS,
}
