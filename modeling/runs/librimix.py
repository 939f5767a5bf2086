"""Runs for one GPU and a corpus of LibriMix's size, with the published architectures.

python -m modeling train sepformer_librimix --corpus DIR
torchrun --nproc-per-node 4 -m modeling train conv_tasnet_librimix --corpus DIR
"""

from __future__ import annotations

from modeling.models.configs import ConvTasnetConfig, SepformerConfig
from modeling.runs.config import LossConfig, MixingConfig, OptimisationConfig, RunConfig

LIBRIMIX_LEVELS = MixingConfig(
    crop_s=4.0, same_source_share=1.0, level_rule="librimix", speeds_percent=(95, 100, 105)
)


def sepformer_librimix() -> RunConfig:
    """The published SepFormer and its recipe (Adam 1.5e-4, clip 5, ceiling 30 dB), dynamic mixing, one GPU-day."""
    return RunConfig(
        name="sepformer_librimix",
        model=SepformerConfig(),
        mixing=LIBRIMIX_LEVELS,
        loss=LossConfig(ceiling="hard", ceiling_db=30.0),
        optimisation=OptimisationConfig(
            batch_s=32.0, learning_rate=1.5e-4, weight_decay=0.0, warmup_steps=2000, max_minutes=23.5 * 60
        ),
        validation_mixtures=300,
        validate_every_s=900.0,
        keep_at_percent=(1, 3, 10, 30, 100),
        tensorboard=True,
    )


def conv_tasnet_librimix() -> RunConfig:
    """The published Conv-TasNet with larger batches than its recipe's one item, half a GPU-day."""
    return RunConfig(
        name="conv_tasnet_librimix",
        model=ConvTasnetConfig(),
        mixing=LIBRIMIX_LEVELS,
        optimisation=OptimisationConfig(
            batch_s=96.0, learning_rate=1e-3, weight_decay=0.0, warmup_steps=1000, max_minutes=11.5 * 60
        ),
        validation_mixtures=300,
        validate_every_s=600.0,
        keep_at_percent=(1, 3, 10, 30, 100),
        tensorboard=True,
    )
