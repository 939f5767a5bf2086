"""Deep clustering with 1.3 M weights, which separates any number of voices.

python -m modeling train deep_clustering_small --corpus DIR
"""

from __future__ import annotations

from modeling.models.configs import DeepClusteringConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def deep_clustering_small() -> RunConfig:
    """One hour on two CPU cores. Single precision: the loss is a difference of large sums."""
    return RunConfig(
        name="deep_clustering_small",
        model=DeepClusteringConfig(hop_samples=128, hidden_size=128, dimensions=20, dropout=0.1),
        mixing=MixingConfig(crop_s=2.0),
        optimisation=OptimisationConfig(batch_size=16, max_minutes=55.0, precision="fp32"),
    )
