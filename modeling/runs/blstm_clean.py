"""The shipped separators: a 4.7 M BLSTM, on clean mixtures, then as devices record them, then on three voices.

python -m modeling train blstm_clean --corpus DIR
"""

from __future__ import annotations

import dataclasses

from modeling.data.mixing_config import everyday_mixing
from modeling.models.configs import BlstmConfig
from modeling.runs.config import LossConfig, MixingConfig, OptimisationConfig, RunConfig
from modeling.runs.stages import in_three_stages, mostly_real


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


def blstm_staged() -> RunConfig:
    """Clean, then real-world, then whole clips in one run of three hours; the spectral term keeps the level."""
    clean = blstm_clean()
    run = dataclasses.replace(
        clean,
        name="blstm_staged",
        model=BlstmConfig(dropout=0.1),
        loss=LossConfig(stft_weight=0.1),
        optimisation=dataclasses.replace(clean.optimisation, warmup_steps=500, max_minutes=175.0),
        keep_at_percent=(1, 3, 10, 30, 100),
    )
    return in_three_stages(run, batch_s=32.0)


def blstm_everyday() -> RunConfig:
    """A stage from a clean bundle (`--set continue_from=BUNDLE`): 30 % clean, the rest as devices record it."""
    clean = blstm_clean()
    return dataclasses.replace(
        clean,
        name="blstm_everyday",
        model=BlstmConfig(dropout=0.15),
        mixing=dataclasses.replace(
            mostly_real(everyday_mixing(crop_s=4.0)),
            partial_overlap_share=0.3,
            equaliser_share=0.3,
            device_share=0.3,
            speeds_percent=(85, 90, 95, 100, 105, 110, 115),
        ),
        optimisation=OptimisationConfig(
            batch_size=12, learning_rate=5e-4, warmup_steps=200, max_minutes=40.0
        ),
        validation_mixtures=100,
        validate_every_s=240.0,
    )


def blstm_three() -> RunConfig:
    """Three voices, from the bundle of two (`--set continue_from=BUNDLE`): half of the mixtures are clean."""
    two = blstm_everyday()
    return dataclasses.replace(
        two,
        name="blstm_three",
        model=BlstmConfig(num_sources=3, dropout=0.15),
        mixing=dataclasses.replace(two.mixing, num_sources=3, noisy_share=0.3, reverberant_share=0.3),
        optimisation=dataclasses.replace(two.optimisation, learning_rate=8e-4, max_minutes=30.0),
    )
