"""Our estimator, and REAL-M's trained twice on the same stems as its baselines.

python -m modeling train quality_estimator --set pool.examples=DIR --set pool.selection=DIR --corpus DIR
"""

from __future__ import annotations

import dataclasses

from modeling.models.configs import QualityEstimatorConfig, SisnrEstimatorConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def quality_estimator() -> RunConfig:
    """Its mixing describes the mixtures that the pool separates: half clean, the others as real ones are.

    AdamW 5e-4 at 64 stems a step is where to start on a GPU; on one core half the batch takes twice the steps.
    """
    return RunConfig(
        name="quality_estimator",
        model=QualityEstimatorConfig(),
        mixing=MixingConfig(
            crop_s=4.0,
            partial_overlap_share=0.2,
            noisy_share=0.4,
            noise_floor_share=0.2,
            reverberant_share=0.4,
            equaliser_share=0.2,
            speeds_percent=(92, 100, 108),
        ),
        optimisation=OptimisationConfig(
            batch_size=16,
            learning_rate=5e-4,
            warmup_steps=100,
            max_minutes=20.0,
            ema_decay=0.99,
            precision="fp32",
        ),
    )


def quality_estimator_front_end() -> RunConfig:
    """With a frozen self-supervised network beside its own features; `model.front_end_file` names another one.

    The same run without is `quality_estimator`: `python -m benchmarks estimator --ablate` compares their bundles.
    """
    ours = quality_estimator()
    return dataclasses.replace(
        ours,
        name="quality_estimator_front_end",
        model=QualityEstimatorConfig(front_end_file="wavlm_base_plus.pth"),
    )


def sisnr_baseline() -> RunConfig:
    """REAL-M's network on our range of labels, on the same stems, for as long."""
    ours = quality_estimator()
    return dataclasses.replace(
        ours,
        name="sisnr_baseline",
        model=SisnrEstimatorConfig(label_low_db=-10.0, label_high_db=25.0),
        optimisation=dataclasses.replace(ours.optimisation, learning_rate=1e-3, weight_decay=0.0),
    )


def sisnr_published() -> RunConfig:
    """REAL-M's network with labels clipped to 0 to 10 dB as published, against dry voices as published."""
    baseline = sisnr_baseline()
    return dataclasses.replace(
        baseline,
        name="sisnr_published",
        model=SisnrEstimatorConfig(label_low_db=0.0, label_high_db=10.0),
        pool=dataclasses.replace(baseline.pool, convention="dry"),
    )
