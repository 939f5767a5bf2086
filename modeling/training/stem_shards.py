"""Stems on disk: mixtures, references in three conventions, and what several separators made of them.

Separators are slow beside an estimator, so a pool separates once and every training run reads the result.
Samples are 16-bit with a scale for each mixture and for each separation.

Shape suffixes: m mixtures, k separators, v conventions, c sources, t samples.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from modeling.errors import InputRefused
from modeling.estimation import CONVENTIONS as CONVENTIONS

REVERBERANT = CONVENTIONS.index("reverberant")

_FULL_SCALE = 32767.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StemShard:
    """Mixtures with their stems, stems in the order of the references (joint over the whole mixture)."""

    mix_mt: Tensor
    references_mvct: Tensor
    stems_mkct: Tensor
    mix_scale_m: Tensor
    stem_scale_mk: Tensor
    members: tuple[str, ...]
    families: tuple[str, ...]
    sample_rate_hz: int

    @property
    def shape(self) -> tuple[int, int]:
        """Mixtures, separators; without separators a shard holds mixtures with their references alone."""
        return self.stems_mkct.shape[0], self.stems_mkct.shape[1]

    @property
    def talkers(self) -> int:
        return self.references_mvct.shape[2]

    def mixture(self, m: int) -> Tensor:
        return self.mix_mt[m].float() * self.mix_scale_m[m]

    def references(self, m: int) -> Tensor:
        return self.references_mvct[m].float() * self.mix_scale_m[m]

    def stems(self, m: int, k: int) -> Tensor:
        return self.stems_mkct[m, k].float() * self.stem_scale_mk[m, k]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardOrigin:
    """Who made a shard's stems."""

    members: tuple[str, ...]
    families: tuple[str, ...]
    sample_rate_hz: int


def write_shard(
    path: Path, *, mix_mt: Tensor, references_mvct: Tensor, stems_mkct: Tensor, origin: ShardOrigin
) -> None:
    """Write aside and rename: a shard that exists is whole."""
    peak_m = torch.maximum(mix_mt.abs().amax(-1), references_mvct.abs().amax((1, 2, 3)))
    mix_scale_m, stem_scale_mk = _scale(peak_m), _scale(stems_mkct.abs().amax((2, 3)))
    tensors = {
        "mix": _rounded(mix_mt / mix_scale_m[:, None]),
        "references": _rounded(references_mvct / mix_scale_m[:, None, None, None]),
        "stems": _rounded(stems_mkct / stem_scale_mk[..., None, None]),
        "mix_scale": mix_scale_m,
        "stem_scale": stem_scale_mk,
    }
    described = {
        "members": json.dumps(origin.members),
        "families": json.dumps(origin.families),
        "sample_rate_hz": str(origin.sample_rate_hz),
    }
    aside = path.with_name(path.name + ".part")
    save_file(tensors, aside, metadata=described)
    aside.replace(path)


def read_shards(folder: Path | None, *, setting: str) -> list[StemShard]:
    """Read every shard of a folder and its folders; `setting` names in a refusal where the folder was given."""
    paths = sorted(folder.rglob("*.safetensors")) if folder is not None else []
    if not paths:
        raise InputRefused(
            f"{setting} must name a folder of separated stems, not {folder}: "
            "make one with `python -m modeling pool separate`."
        )
    return [_read(path) for path in paths]


def _read(path: Path) -> StemShard:
    try:
        with safe_open(path, framework="pt") as stored:
            described = stored.metadata()
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - no mapping
        return StemShard(
            mix_mt=tensors["mix"],
            references_mvct=tensors["references"],
            stems_mkct=tensors["stems"],
            mix_scale_m=tensors["mix_scale"],
            stem_scale_mk=tensors["stem_scale"],
            members=tuple(json.loads(described["members"])),
            families=tuple(json.loads(described["families"])),
            sample_rate_hz=int(described["sample_rate_hz"]),
        )
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise InputRefused(
            f"The shard {path} cannot be read ({error}): delete it and make it again."
        ) from error


def _scale(peak: Tensor) -> Tensor:
    return peak.clamp_min(1e-6) / _FULL_SCALE


def _rounded(signal: Tensor) -> Tensor:
    return signal.round().clamp(-_FULL_SCALE - 1, _FULL_SCALE).to(torch.int16).contiguous()
