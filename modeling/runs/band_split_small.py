"""A band-split separator of 0.9 M weights for CPUs: 0.6 GMAC for a second of sound, 0.021 of real time on one core.

python -m modeling train band_split_small --corpus DIR
"""

from __future__ import annotations

import dataclasses

from modeling.models.configs import BandSplitConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def band_split_small() -> RunConfig:
    """Two hours on two CPU cores; each step costs about three of the BLSTM's, so crops are half as many."""
    return RunConfig(
        name="band_split_small",
        model=BandSplitConfig(
            hop_samples=128, num_blocks=4, embedding_size=64, hidden_size=64, mask_hidden_size=128
        ),
        mixing=MixingConfig(crop_s=2.0),
        optimisation=OptimisationConfig(batch_size=8, max_minutes=115.0),
    )


def band_split_small_noisy() -> RunConfig:
    """A second stage from a clean bundle (`--set continue_from=BUNDLE`): longer crops, real-world conditions."""
    clean = band_split_small()
    return dataclasses.replace(
        clean,
        name="band_split_small_noisy",
        mixing=dataclasses.replace(clean.mixing, crop_s=4.0, noisy_share=0.4, reverberant_share=0.3),
        optimisation=dataclasses.replace(
            clean.optimisation, batch_size=4, learning_rate=3e-4, warmup_steps=100, max_minutes=40.0
        ),
    )
