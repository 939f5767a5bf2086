"""The smallest complete run: a few seconds on one core, every feature switched on. Read this one first.

python -m modeling train debug --corpus DIR
"""

from __future__ import annotations

from modeling.models.configs import BlstmConfig
from modeling.runs.config import MixingConfig, OptimisationConfig, RunConfig


def debug() -> RunConfig:
    """A tiny BLSTM on short crops with noise and rooms; it learns next to nothing, quickly."""
    return RunConfig(
        name="debug",
        model=BlstmConfig(fft_samples=128, hop_samples=64, hidden_size=16, num_layers=1),
        mixing=MixingConfig(
            crop_s=0.5, noisy_share=0.5, reverberant_share=0.5, speeds_percent=(100, 110), most_clips=100
        ),
        optimisation=OptimisationConfig(batch_size=4, max_steps=20, warmup_steps=5, precision="fp32"),
        validation_mixtures=4,
    )
