"""Running a pool of separators over fresh mixtures, once, into shards that estimators are trained on.

Shape suffixes: m mixtures, k separators, v conventions, c sources, t samples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from modeling.building import load_model
from modeling.bundles import read_bundle
from modeling.data.batches import MixtureBatch
from modeling.data.corpus import Split
from modeling.data.mixing import DynamicMixer
from modeling.errors import InputRefused
from modeling.inference import match_levels
from modeling.losses import pairwise_si_snr_db
from modeling.permutation import best_assignment, reorder
from modeling.runs.config import RunConfig
from modeling.training.assembly import build_mixer
from modeling.training.pool import Half, PoolMember, Role, members_for, read_pool
from modeling.training.stem_shards import CONVENTIONS, ShardOrigin, write_shard

SEPARATED_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationPlan:
    """What is separated by whom; the same plan and pool give the same shards."""

    run: RunConfig
    """Its mixing, sample rate and seed are used; the model is not."""
    split: Split = "train"
    role: Role = "training"
    mixtures: int = 1000
    mixtures_per_shard: int = 40
    separators_per_mixture: int = 3


def separate_pool(
    plan: SeparationPlan, *, pool: Path | None, corpus: Path, folder: Path, device: torch.device
) -> int:
    """Write the shards that are missing; return how many were written.

    Without a pool, mixtures are stored with their references alone: training masks them anew each time.

    Training speakers come in halves: a separator that learned from one half is only ever heard on the other,
    since separators overfit and their own speakers would give flattering labels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for speakers, indices in _shares(plan):
        missing = [index for index in indices if not _path(folder, speakers, index).is_file()]
        separators = None
        if pool is not None:
            separators = _Separators(pool, _fitting(plan, pool, speakers), device=device)
        if missing:
            mixer = _mixer(plan, corpus=corpus, speakers=speakers)
            for index in tqdm(
                missing, desc=f"separating {speakers}", unit="shard", mininterval=5.0, disable=None
            ):
                _write(plan, mixer, separators, path=_path(folder, speakers, index), index=index)
            written += len(missing)
    return written


def _fitting(plan: SeparationPlan, pool: Path, speakers: Half) -> list[PoolMember]:
    talkers = plan.run.mixing.num_sources
    fitting = [
        member
        for member in members_for(read_pool(pool), role=plan.role, speakers=speakers)
        if read_bundle(pool / member.bundle).num_sources == talkers
    ]
    if not fitting:
        raise InputRefused(
            f"The pool {pool} has no separator of role {plan.role!r} for {talkers} talkers that never heard "
            f"speakers {speakers}."
        )
    return fitting


class _Separators:
    """The fitting members, loaded when first drawn; families are drawn evenly."""

    def __init__(self, pool: Path, members: Sequence[PoolMember], *, device: torch.device) -> None:
        self.members, self.device = members, device
        self._pool = pool
        self._loaded: dict[str, nn.Module] = {}
        sizes = {member.family: 0 for member in members}
        for member in members:
            sizes[member.family] += 1
        self._weights = np.array([1 / sizes[member.family] for member in members])

    def draw(self, rng: np.random.Generator, count: int) -> list[PoolMember]:
        chosen = rng.choice(
            len(self.members),
            size=min(count, len(self.members)),
            replace=False,
            p=self._weights / self._weights.sum(),
        )
        return [self.members[int(index)] for index in chosen]

    @torch.inference_mode()
    def separate(self, member: PoolMember, batch: MixtureBatch) -> Tensor:
        """Stems `(m, c, t)` at their levels in the mixture, in the order of the references."""
        stems = [
            _in_order(self._model(member), batch.mix_bt[start:end], batch.sources_bct[start:end], self.device)
            for start in range(0, len(batch.mix_bt), SEPARATED_AT_ONCE)
            for end in [start + SEPARATED_AT_ONCE]
        ]
        return torch.cat(stems)

    def _model(self, member: PoolMember) -> nn.Module:
        if member.bundle not in self._loaded:
            self._loaded[member.bundle] = load_model(
                read_bundle(self._pool / member.bundle), device=self.device
            )
        return self._loaded[member.bundle]


def _in_order(model: nn.Module, mix_mt: Tensor, sources_mct: Tensor, device: torch.device) -> Tensor:
    raw_mct = model(mix_mt.to(device)).float().cpu()
    stems_mct = torch.stack(
        [match_levels(mix_t, stems_ct) for mix_t, stems_ct in zip(mix_mt, raw_mct, strict=True)]
    )
    assignment = best_assignment(pairwise_si_snr_db(estimate=stems_mct, reference=sources_mct))
    return reorder(stems_mct, assignment.order_br)


def _shares(plan: SeparationPlan) -> Iterator[tuple[Half, range]]:
    """Speakers and the numbers of their shards: half by half in training, otherwise those outside training."""
    shards = -(-plan.mixtures // plan.mixtures_per_shard)
    if plan.split != "train":
        yield "all", range(shards)
        return
    yield "A", range(0, shards, 2)
    yield "B", range(1, shards, 2)


def _path(folder: Path, speakers: Half, index: int) -> Path:
    return folder / f"stems-{speakers}-{index:05d}.safetensors"


def _mixer(plan: SeparationPlan, *, corpus: Path, speakers: Half) -> DynamicMixer:
    if plan.split != "train":
        # Nobody learned from these speakers; the run may name a half, so that some teach and others calibrate.
        return build_mixer(plan.run, corpus=corpus, split=plan.split)
    mixing = dataclasses.replace(plan.run.mixing, speaker_half=speakers)
    return build_mixer(dataclasses.replace(plan.run, mixing=mixing), corpus=corpus, split=plan.split)


def _write(
    plan: SeparationPlan, mixer: DynamicMixer, separators: _Separators | None, *, path: Path, index: int
) -> None:
    # A generator of its own for every shard: a stopped run goes on with the mixtures it would have had.
    rng = np.random.default_rng([plan.run.seed, index])
    mixer.load_state_dict(dict(rng.spawn(1)[0].bit_generator.state))
    batch = mixer.draw_batch(plan.mixtures_per_shard)
    stems_mkct = batch.sources_bct.new_zeros((len(batch.mix_bt), 0, *batch.sources_bct.shape[1:]))
    members: list[PoolMember] = []
    if separators is not None:
        members = separators.draw(rng, plan.separators_per_mixture)
        stems_mkct = torch.stack([separators.separate(member, batch) for member in members], dim=1)
    write_shard(
        path,
        mix_mt=batch.mix_bt,
        references_mvct=torch.stack([batch.references(name) for name in CONVENTIONS], dim=1),
        stems_mkct=stems_mkct,
        origin=ShardOrigin(
            members=tuple(member.bundle for member in members),
            families=tuple(member.family for member in members),
            sample_rate_hz=plan.run.sample_rate_hz,
        ),
    )
