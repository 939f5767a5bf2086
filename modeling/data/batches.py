"""A batch of training mixtures, with every source in the three conventions a reference can have.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from modeling.manifest import Convention


@dataclass(frozen=True, slots=True, kw_only=True)
class MixtureBatch:
    """Mixtures, the sources in them and the noise; `mix_bt` = sum of `sources_bct` + `noise_bt`, unless clipped.

    `sources_bct` are the voices as the microphone hears them (reverberant), `early_bct` the direct sound and
    the reflections of its first 50 ms, `dry_bct` the direct sound alone. All three are aligned in time and
    share one gain, so that reverberant - early is the late tail; without a room they are the same tensor.
    `lengths_b` counts the samples of zero-padded rows; None means that all rows are full.
    """

    mix_bt: Tensor
    sources_bct: Tensor
    early_bct: Tensor
    dry_bct: Tensor
    noise_bt: Tensor
    lengths_b: Tensor | None = None

    @classmethod
    def without_room(
        cls, *, mix_bt: Tensor, sources_bct: Tensor, lengths_b: Tensor | None = None
    ) -> MixtureBatch:
        """A batch whose three conventions are one: clean speech, or references of which no more is known."""
        return cls(
            mix_bt=mix_bt,
            sources_bct=sources_bct,
            early_bct=sources_bct,
            dry_bct=sources_bct,
            noise_bt=mix_bt - sources_bct.sum(dim=1),
            lengths_b=lengths_b,
        )

    def references(self, convention: Convention) -> Tensor:
        """The sources `(b, c, t)` in one convention."""
        by_name = {"dry": self.dry_bct, "early": self.early_bct, "reverberant": self.sources_bct}
        return by_name[convention]

    def to(self, device: torch.device) -> MixtureBatch:
        sources_bct = self.sources_bct.to(device)
        return MixtureBatch(
            mix_bt=self.mix_bt.to(device),
            sources_bct=sources_bct,
            early_bct=sources_bct if self.early_bct is self.sources_bct else self.early_bct.to(device),
            dry_bct=sources_bct if self.dry_bct is self.sources_bct else self.dry_bct.to(device),
            noise_bt=self.noise_bt.to(device),
            lengths_b=None if self.lengths_b is None else self.lengths_b.to(device),
        )
