"""A DPRNN of 0.9 M weights: small enough for a CPU, and a member of the estimator's pool.

python -m modeling train dprnn_small --corpus DIR
"""

from __future__ import annotations

from modeling.models.configs import DprnnConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def dprnn_small() -> RunConfig:
    """Two hours on two CPU cores."""
    return RunConfig(
        name="dprnn_small",
        model=DprnnConfig(
            filters=64, width=64, hidden_size=96, num_blocks=3, chunk_frames=100, hop_frames=50
        ),
        mixing=MixingConfig(crop_s=2.0),
        optimisation=OptimisationConfig(batch_size=8, max_minutes=115.0),
    )
