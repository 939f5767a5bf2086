"""A TF-GridNet of 0.5 M weights that stacks four steps into one, so that it can be trained on a CPU at all.

python -m modeling train tf_gridnet_small --corpus DIR
"""

from __future__ import annotations

from modeling.models.configs import TfGridNetConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def tf_gridnet_small() -> RunConfig:
    """Three hours on two CPU cores."""
    return RunConfig(
        name="tf_gridnet_small",
        model=TfGridNetConfig(
            fft_samples=256,
            hop_samples=128,
            num_blocks=3,
            embedding_size=24,
            hidden_size=48,
            stacking_hop=4,
            attention_width=256,
        ),
        mixing=MixingConfig(crop_s=2.0),
        optimisation=OptimisationConfig(batch_size=4, max_minutes=175.0),
    )
