"""The shipped separator: a 4.7 M BLSTM, first on clean mixtures, then with noise and rooms in a share of them.

python -m modeling train blstm_clean --corpus DIR
"""

from __future__ import annotations

import dataclasses

from modeling.models.configs import BlstmConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def blstm_clean() -> RunConfig:
    """Two hours on two CPU cores. Measured there: bf16 takes 1.4 times the crops of fp32 at batch 16."""
    return RunConfig(
        name="blstm_clean",
        model=BlstmConfig(),
        mixing=MixingConfig(crop_s=2.0),
        optimisation=OptimisationConfig(batch_size=16, max_minutes=115.0),
    )


def blstm_noisy() -> RunConfig:
    """A second stage from a clean bundle (`--set continue_from=BUNDLE`): longer crops, real-world conditions."""
    clean = blstm_clean()
    return dataclasses.replace(
        clean,
        name="blstm_noisy",
        mixing=dataclasses.replace(clean.mixing, crop_s=4.0, noisy_share=0.4, reverberant_share=0.3),
        optimisation=dataclasses.replace(
            clean.optimisation, batch_size=8, learning_rate=3e-4, warmup_steps=100, max_minutes=40.0
        ),
    )
