"""A pool of separators of different quality, whose stems teach an estimator what good and bad sound like.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from modeling.data.mixing import MixtureBatch
from modeling.inference import match_levels
from modeling.losses import pairwise_si_snr_db
from modeling.permutation import best_assignment, reorder


class SeparatorPool:
    """Draws one separator per batch; blends a share of its stems to fill the range of qualities."""

    def __init__(self, separators: Sequence[nn.Module], *, blend_share: float, seed: int) -> None:
        self._separators = [separator.eval() for separator in separators]
        self._blend_share = blend_share
        self._rng = np.random.default_rng(seed)

    def state_dict(self) -> dict[str, Any]:
        return dict(self._rng.bit_generator.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state

    @torch.no_grad()
    def make_stems(self, batch: MixtureBatch) -> Tensor:
        separator = self._separators[self._rng.integers(len(self._separators))]
        stems_bct = separator(batch.mix_bt).float()
        levelled = [
            match_levels(mix_t, stems_ct) for mix_t, stems_ct in zip(batch.mix_bt, stems_bct, strict=True)
        ]
        stems_bct = torch.stack(levelled)
        assignment = best_assignment(pairwise_si_snr_db(estimate=stems_bct, reference=batch.sources_bct))
        return torch.stack(
            [
                self._maybe_blended(stems_ct, mix_t=mix_t, sources_ct=sources_ct)
                for stems_ct, mix_t, sources_ct in zip(
                    reorder(stems_bct, assignment.order_br), batch.mix_bt, batch.sources_bct, strict=True
                )
            ]
        )

    def _maybe_blended(self, stems_ct: Tensor, *, mix_t: Tensor, sources_ct: Tensor) -> Tensor:
        """Move stems towards the mixture (worse) or towards the references (better); artefacts remain."""
        if self._rng.random() >= self._blend_share:
            return stems_ct
        target_ct = mix_t.expand_as(stems_ct) if self._rng.random() < 0.4 else sources_ct
        share = float(self._rng.uniform(0.0, 0.9))
        return stems_ct + share * (target_ct - stems_ct)
