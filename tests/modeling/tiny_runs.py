"""Runs so small that a test can afford several of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from modeling.data.batches import MixtureBatch
from modeling.models.configs import BlstmConfig, SisnrEstimatorConfig
from modeling.runs.config import LossConfig, MixingConfig, OptimisationConfig, PoolConfig, RunConfig
from modeling.training.objectives import separation_loss
from modeling.training.stem_shards import ShardOrigin, write_shard

TINY = RunConfig(
    name="tiny",
    model=BlstmConfig(fft_samples=64, hop_samples=32, hidden_size=4, num_layers=1, dropout=0.1),
    mixing=MixingConfig(crop_s=0.3, noisy_share=0.5, reverberant_share=0.5, speeds_percent=(100,)),
    optimisation=OptimisationConfig(batch_size=2, max_steps=6, warmup_steps=2, precision="fp32"),
    validation_mixtures=2,
)


def optimised(run: RunConfig = TINY, **changes: Any) -> RunConfig:
    """The run with other settings of its optimisation."""
    return dataclasses.replace(run, optimisation=dataclasses.replace(run.optimisation, **changes))


def estimator_run(stems: Path) -> RunConfig:
    pool = PoolConfig(examples=stems, selection=stems, shortest_crop_s=0.2)
    return dataclasses.replace(TINY, model=SisnrEstimatorConfig(channels=8), pool=pool)


def write_stems(folder: Path) -> Path:
    """Six mixtures of noise, separated well and badly."""
    generator = torch.Generator().manual_seed(0)
    references = torch.randn(6, 1, 2, 4000, generator=generator).expand(6, 3, 2, 4000) * 0.1
    dry = references[:, 0]
    stems = torch.stack([dry + 0.1 * dry.flip(1), dry + 0.8 * dry.flip(1)], dim=1)
    folder.mkdir(parents=True, exist_ok=True)
    write_shard(
        folder / "stems.safetensors",
        mix_mt=dry.sum(dim=1),
        references_mvct=references.contiguous(),
        stems_mkct=stems,
        origin=ShardOrigin(members=("good", "bad"), families=("blstm", "blstm"), sample_rate_hz=8000),
    )
    return folder


@dataclass(kw_only=True)
class ScriptedTask:
    """Fixed batches of noise, scores from a list, and a note of what was drawn."""

    scores: list[float] = field(default_factory=lambda: [0.0])
    rows: Callable[[int], slice] = slice
    drawn: list[tuple[int, int]] = field(default_factory=list)
    objective: LossConfig = field(default_factory=LossConfig)
    score_name: str = "scripted"
    validations: int = 0

    def draw(self, size: int, *, stage: int = 0) -> MixtureBatch:
        generator = torch.Generator().manual_seed(len(self.drawn))
        self.drawn.append((size, stage))
        sources = torch.randn(4, 2, 800, generator=generator)[self.rows(4)]
        return MixtureBatch.without_room(mix_bt=sources.sum(dim=1), sources_bct=sources)

    def loss(self, model: nn.Module, batch: MixtureBatch) -> Tensor:
        return separation_loss(self.objective, model=model, batch=batch)

    def validate(self, model: nn.Module) -> float:
        torch.rand(7)
        self.validations += 1
        return self.scores[min(self.validations, len(self.scores)) - 1]

    def state_dict(self) -> dict[str, Any]:
        return {"drawn": list(self.drawn)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.drawn = list(state["drawn"])
