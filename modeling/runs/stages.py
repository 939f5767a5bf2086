"""The schedule that suits small corpora: clean and short, then as people record, then whole at a low rate."""

from __future__ import annotations

import dataclasses

from modeling.data.mixing_config import MixingConfig, everyday_mixing
from modeling.runs.config import RunConfig, StageConfig

CLEAN_SHARE_LATER = 0.3
"""Of the mixtures after the first half: a model that hears only noise forgets how far it can get without."""

LONGEST_S = 8.0


def in_three_stages(run: RunConfig, *, batch_s: float, whole_batch_s: float | None = None) -> RunConfig:
    """Half of the run clean 2 s crops, then 30 % clean and 70 % real-world at 4 s, the last 15 % whole clips.

    `batch_s` is the seconds of audio that fit into memory; whole clips may take `whole_batch_s` instead. The last
    stage is where a cosine has fallen below 7 % of the rate.
    """
    everyday = mostly_real(everyday_mixing(crop_s=4.0, num_sources=run.mixing.num_sources))
    whole = dataclasses.replace(everyday, crop_s=LONGEST_S, whole_clips=True)
    clean = MixingConfig(crop_s=2.0, num_sources=run.mixing.num_sources)
    return dataclasses.replace(
        run,
        stages=(
            StageConfig(share=0.5, mixing=clean, batch_s=batch_s),
            StageConfig(share=0.35, mixing=everyday, batch_s=batch_s),
            StageConfig(share=0.15, mixing=whole, batch_s=whole_batch_s or batch_s),
        ),
    )


def mostly_real(mixing: MixingConfig) -> MixingConfig:
    """So much noise and so many rooms that `CLEAN_SHARE_LATER` of the mixtures have neither."""
    # Both are drawn independently: (1 - p) ** 2 have neither.
    share = round(1 - CLEAN_SHARE_LATER**0.5, 3)
    return dataclasses.replace(mixing, noisy_share=share, reverberant_share=share)
