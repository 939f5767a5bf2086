"""An endless stream of labelled stems, drawn from shards, its position a small state that can be saved.

Shape suffixes: b batch, c stems, v conventions, t samples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from modeling.losses import pairwise_si_snr_db
from modeling.runs.pool_config import PoolConfig
from modeling.training.degradation import Scene, blend, fail
from modeling.training.remasking import remask
from modeling.training.stem_shards import REVERBERANT, StemShard

LONE_STEM_SHARE = 0.1
"""Share of batches in which an estimator sees one stem and none of the others."""

SAME_SIGNAL = 0.99
"""Stems whose correlation is above this are one signal, given twice."""

_LOWEST_DB, _BIN_DB, _BINS = -10.0, 5.0, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledStems:
    """Mixtures, stems, the true SI-SNR of each stem in every convention, and how much each counts."""

    mix_bt: Tensor
    stems_bct: Tensor
    si_snr_db_bcv: Tensor
    weight_bc: Tensor

    def to(self, device: torch.device) -> LabelledStems:
        return LabelledStems(
            mix_bt=self.mix_bt.to(device),
            stems_bct=self.stems_bct.to(device),
            si_snr_db_bcv=self.si_snr_db_bcv.to(device),
            weight_bc=self.weight_bc.to(device),
        )


class StemStream:
    """Draws crops of separated mixtures, some masked anew, some blended or failed; rare labels count for more.

    All mixtures of a batch have as many talkers; the share of batches of each number is that of the mixtures.
    """

    def __init__(self, shards: Sequence[StemShard], *, config: PoolConfig, seed: int) -> None:
        self._config = config
        self._rng = np.random.default_rng(seed)
        self._seen_per_bin = np.ones(_BINS)
        self._by_talkers: dict[int, list[StemShard]] = {}
        for shard in shards:
            self._by_talkers.setdefault(shard.talkers, []).append(shard)
        counts = np.array([sum(each.shape[0] for each in group) for group in self._by_talkers.values()])
        self._shares = counts / counts.sum()

    def state_dict(self) -> dict[str, Any]:
        return {"rng": dict(self._rng.bit_generator.state), "seen_per_bin": self._seen_per_bin.tolist()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state["rng"]
        self._seen_per_bin = np.array(state["seen_per_bin"])

    def draw(self, size: int) -> LabelledStems:
        talkers = list(self._by_talkers)[int(self._rng.choice(len(self._shares), p=self._shares))]
        shards = self._by_talkers[talkers]
        scenes = [self._draw_scene(shards) for _ in range(size)]
        shortest = int(self._config.shortest_crop_s * shards[0].sample_rate_hz)
        length = min(len(mix_t) for mix_t, _, _ in scenes)
        length = int(self._rng.integers(min(shortest, length), length + 1))
        crops = [self._cropped(scene, length) for scene in scenes]
        mix_bt, references_bvct, stems_bct = (torch.stack(parts) for parts in zip(*crops, strict=True))
        labels_bcv = label_stems(references_bvct=references_bvct, stems_bct=stems_bct)
        if self._rng.random() < LONE_STEM_SHARE:
            chosen = int(self._rng.integers(stems_bct.shape[1]))
            stems_bct, labels_bcv = stems_bct[:, chosen, None], labels_bcv[:, chosen, None]
        return LabelledStems(
            mix_bt=mix_bt,
            stems_bct=stems_bct,
            si_snr_db_bcv=labels_bcv,
            weight_bc=self._weights(labels_bcv[..., REVERBERANT]),
        )

    def _draw_scene(self, shards: Sequence[StemShard]) -> tuple[Tensor, Tensor, Tensor]:
        shard, m = self._draw_place(shards)
        references_vct = shard.references(m)
        scene = self._as_separated(shard, m, shards)
        if not shard.members or self._rng.random() < self._config.mask_share:
            scene = dataclasses.replace(scene, stems_ct=remask(scene, self._rng))
        chance = self._rng.random()
        if chance < self._config.blend_share:
            return scene.mix_t, references_vct, blend(scene, self._rng)
        if chance < self._config.blend_share + self._config.failure_share:
            return scene.mix_t, references_vct, fail(scene, self._rng)
        return scene.mix_t, references_vct, scene.stems_ct

    def _as_separated(self, shard: StemShard, m: int, shards: Sequence[StemShard]) -> Scene:
        """Stems of one separator, or silent ones where none has separated; a second one's stand beside them."""
        references_ct = shard.references(m)[REVERBERANT]
        count = len(shard.members)
        order = self._rng.permutation(count)
        return Scene(
            mix_t=shard.mixture(m),
            references_ct=references_ct,
            stems_ct=shard.stems(m, int(order[0])) if count else torch.zeros_like(references_ct),
            stranger_t=self._draw_stranger(shards, samples=references_ct.shape[-1]),
            sample_rate_hz=shard.sample_rate_hz,
            rival_ct=shard.stems(m, int(order[1])) if count > 1 else None,
        )

    def _draw_place(self, shards: Sequence[StemShard]) -> tuple[StemShard, int]:
        shard = shards[int(self._rng.integers(len(shards)))]
        return shard, int(self._rng.integers(shard.shape[0]))

    def _draw_stranger(self, shards: Sequence[StemShard], *, samples: int) -> Tensor:
        shard, m = self._draw_place(shards)
        voice_t = shard.references(m)[REVERBERANT, 0]
        # Another place in time than its own, so that even a voice of the same mixture is a stranger.
        return voice_t.roll(len(voice_t) // 3)[:samples]

    def _cropped(self, scene: tuple[Tensor, Tensor, Tensor], length: int) -> tuple[Tensor, Tensor, Tensor]:
        start = int(self._rng.integers(len(scene[0]) - length + 1))
        mix_t, references_vct, stems_ct = (signal[..., start : start + length] for signal in scene)
        return mix_t, references_vct, stems_ct

    def _weights(self, label_bc: Tensor) -> Tensor:
        """The root of how rare a label is, so that failures and successes are learned beside the middle."""
        position_bc = ((label_bc - _LOWEST_DB) / _BIN_DB).floor().clamp(0, _BINS - 1).long()
        self._seen_per_bin += np.bincount(position_bc.flatten().numpy(), minlength=_BINS)
        rarity = np.sqrt(self._seen_per_bin.mean() / self._seen_per_bin).clip(0.5, 2.0)
        return torch.from_numpy(rarity.astype(np.float32))[position_bc]


def label_stems(*, references_bvct: Tensor, stems_bct: Tensor) -> Tensor:
    """True SI-SNR `(b, c, v)` of stems in the order of their references, in every convention.

    Stems that are one signal, given twice, all get the lowest label among them: the same voice twice is a
    failure, and nothing tells an estimator which of two equal stems was meant to be the other voice.
    """
    conventions = references_bvct.unbind(dim=1)
    own = [
        pairwise_si_snr_db(estimate=stems_bct, reference=each).diagonal(dim1=1, dim2=2)
        for each in conventions
    ]
    labels_bcv = torch.stack(own, dim=-1)
    unit_bct = stems_bct - stems_bct.mean(dim=-1, keepdim=True)
    unit_bct = unit_bct / unit_bct.norm(dim=-1, keepdim=True).clamp_min(1e-8)
    same_bcc = torch.einsum("bct,bdt->bcd", unit_bct, unit_bct).abs() > SAME_SIGNAL
    same_bcc = same_bcc | torch.eye(stems_bct.shape[1], dtype=torch.bool, device=stems_bct.device)
    shared_bccv = labels_bcv.unsqueeze(1).masked_fill(~same_bcc.unsqueeze(-1), float("inf"))
    return shared_bccv.amin(dim=2)
