"""Training runs: typed functions that return a RunConfig, listed here by name; without torch."""

from __future__ import annotations

from collections.abc import Callable

from modeling.runs.blstm_clean import blstm_clean, blstm_noisy
from modeling.runs.config import RunConfig
from modeling.runs.debug import debug
from modeling.runs.sisnr_estimator import sisnr_estimator

RUNS: dict[str, Callable[[], RunConfig]] = {
    "debug": debug,
    "blstm_clean": blstm_clean,
    "blstm_noisy": blstm_noisy,
    "sisnr_estimator": sisnr_estimator,
}
