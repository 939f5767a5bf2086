"""The learning rate over a run: a linear warm-up, then a cosine to a small remainder."""

from __future__ import annotations

import math

from modeling.runs.config import OptimisationConfig

REMAINDER = 0.02


def progress(config: OptimisationConfig, *, step: int, elapsed_s: float) -> float:
    """How much of the run is done, 0 to 1: by time where a time is set, otherwise by steps."""
    if config.max_minutes is not None:
        return min(1.0, elapsed_s / (60.0 * config.max_minutes))
    return min(1.0, step / config.max_steps)


def learning_rate(config: OptimisationConfig, *, step: int, done: float) -> float:
    warmup = min(1.0, (step + 1) / max(1, config.warmup_steps))
    cosine = REMAINDER + (1 - REMAINDER) * 0.5 * (1 + math.cos(math.pi * done))
    return config.learning_rate * warmup * cosine
