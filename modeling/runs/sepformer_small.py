"""A SepFormer of 0.8 M weights: the published 26 M would learn a small corpus by heart.

python -m modeling train sepformer_small --corpus DIR
"""

from __future__ import annotations

from modeling.models.configs import SepformerConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def sepformer_small() -> RunConfig:
    """Two hours on two CPU cores; half the learning rate, as transformers want."""
    return RunConfig(
        name="sepformer_small",
        model=SepformerConfig(
            filters=128,
            width=96,
            num_heads=4,
            feedforward_size=256,
            intra_layers=2,
            inter_layers=2,
            chunk_frames=100,
            dropout=0.1,
        ),
        mixing=MixingConfig(crop_s=2.0),
        optimisation=OptimisationConfig(batch_size=8, learning_rate=5e-4, max_minutes=115.0),
    )
