"""RemixIT: going on with a trained separator on mixtures whose sources nobody knows.

python -m modeling train remixit --corpus DIR
python -m modeling train remixit --corpus DIR --set loss.teacher=frozen --set continue_from=BUNDLE
"""

from __future__ import annotations

from modeling.bundles import shipped_bundle
from modeling.data.mixing_config import everyday_mixing
from modeling.runs.config import LossConfig, OptimisationConfig, RunConfig


def remixit() -> RunConfig:
    """The shipped separator, adapted to noisy and reverberant mixtures without their sources; half an hour."""
    bundle = shipped_bundle("separator")
    return RunConfig(
        name="remixit",
        model=bundle.config,
        mixing=everyday_mixing(),
        loss=LossConfig(kind="remixit", ceiling="none"),
        optimisation=OptimisationConfig(
            batch_size=16, learning_rate=2e-4, warmup_steps=100, ema_decay=0.995, max_minutes=30
        ),
        continue_from=bundle.path,
    )
