"""Stems made better, worse or wrong on purpose, so that an estimator meets what its pool does not make.

Shape suffixes: c stems, t samples.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import soundfile
import torch
from torch import Tensor

SHARE_TOWARDS_RIVAL = 0.25
SHARE_TOWARDS_MIXTURE = 0.5
NEAREST_TO_REFERENCE = 0.95

SHORTEST_PASSAGE_S, LONGEST_PASSAGE_S = 0.15, 1.5
"""How long a voice stays in one stem where stems are exchanged again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Stems with everything that degrading them may need.

    `stranger_t` is a voice from another mixture; `rival_ct` what another separator made of this one.
    """

    mix_t: Tensor
    references_ct: Tensor
    stems_ct: Tensor
    stranger_t: Tensor
    sample_rate_hz: int
    rival_ct: Tensor | None = None


Degradation = Callable[[Scene, np.random.Generator], Tensor]


def blend(scene: Scene, rng: np.random.Generator) -> Tensor:
    """Move stems towards another separator's, the mixture (worse) or their references; artefacts remain."""
    if scene.rival_ct is not None and rng.random() < SHARE_TOWARDS_RIVAL:
        return scene.stems_ct + float(rng.uniform(0.2, 0.8)) * (scene.rival_ct - scene.stems_ct)
    if rng.random() < SHARE_TOWARDS_MIXTURE:
        return scene.stems_ct + float(rng.uniform(0.0, 1.0)) * (scene.mix_t - scene.stems_ct)
    share = float(rng.uniform(0.0, NEAREST_TO_REFERENCE))
    return scene.stems_ct + share * (scene.references_ct - scene.stems_ct)


def fail(scene: Scene, rng: np.random.Generator) -> Tensor:
    """One of the failures, drawn evenly."""
    return FAILURES[list(FAILURES)[int(rng.integers(len(FAILURES)))]](scene, rng)


def swap_midway(scene: Scene, rng: np.random.Generator) -> Tensor:
    """From some moment on, every stem goes on with the next speaker."""
    samples = scene.stems_ct.shape[-1]
    moment = int(rng.uniform(0.2, 0.8) * samples)
    return torch.cat(
        [scene.stems_ct[:, :moment], scene.stems_ct.roll(1, dims=0)[:, moment:]],
        dim=-1,
    )


def swap_in_passages(scene: Scene, rng: np.random.Generator) -> Tensor:
    """Stems are exchanged again and again, as by separators that lose track of who is who."""
    samples = scene.stems_ct.shape[-1]
    typical_s = float(rng.uniform(SHORTEST_PASSAGE_S, LONGEST_PASSAGE_S))
    made_ct, at, turn = scene.stems_ct.clone(), 0, int(rng.integers(2))
    while at < samples:
        end = at + max(1, int(rng.exponential(typical_s) * scene.sample_rate_hz))
        made_ct[:, at:end] = scene.stems_ct.roll(turn, dims=0)[:, at:end]
        at, turn = end, (turn + 1) % len(made_ct)
    return made_ct


def repeat_one_voice(scene: Scene, rng: np.random.Generator) -> Tensor:
    """The same voice in all stems, nearly (a separator never gives exact copies) or to the bit."""
    kept = int(rng.integers(len(scene.stems_ct)))
    share = float(rng.choice([1.0, rng.uniform(0.8, 1.0)]))
    return scene.stems_ct + share * (scene.stems_ct[kept] - scene.stems_ct)


def clip(scene: Scene, rng: np.random.Generator) -> Tensor:
    """Overdrive: everything above 5 to 50 % of the peak is cut off."""
    limit_c1 = scene.stems_ct.abs().amax(dim=-1, keepdim=True) * float(rng.uniform(0.05, 0.5))
    return torch.maximum(torch.minimum(scene.stems_ct, limit_c1), -limit_c1)


def code(scene: Scene, rng: np.random.Generator) -> Tensor:
    """Through a lossy codec and back (Opus or Vorbis: both give the samples back where they were)."""
    # Opus takes ten times as long to encode: it comes less often.
    subtype = "OPUS" if rng.random() < 0.25 else "VORBIS"
    level = float(rng.uniform(0.5, 1.0))
    coded = [_coded(stem_t, scene.sample_rate_hz, subtype=subtype, level=level) for stem_t in scene.stems_ct]
    return torch.stack(coded)


def replace_by_mixture(scene: Scene, rng: np.random.Generator) -> Tensor:
    """Nothing was separated: the mixture in one stem or in all."""
    return _replaced(scene, scene.mix_t, rng, all_share=0.5)


def replace_by_stranger(scene: Scene, rng: np.random.Generator) -> Tensor:
    """A clean voice that is not in the mixture at all."""
    return _replaced(scene, scene.stranger_t, rng, all_share=0.2)


FAILURES: dict[str, Degradation] = {
    "swap_midway": swap_midway,
    "swap_in_passages": swap_in_passages,
    "repeat_one_voice": repeat_one_voice,
    "clip": clip,
    "code": code,
    "replace_by_mixture": replace_by_mixture,
    "replace_by_stranger": replace_by_stranger,
}


def _replaced(scene: Scene, signal_t: Tensor, rng: np.random.Generator, *, all_share: float) -> Tensor:
    stems_ct = scene.stems_ct.clone()
    chosen = slice(None) if rng.random() < all_share else int(rng.integers(len(stems_ct)))
    stems_ct[chosen] = signal_t
    return stems_ct


def _coded(stem_t: Tensor, sample_rate_hz: int, *, subtype: str, level: float) -> Tensor:
    peak = float(stem_t.abs().max().clamp_min(1e-6))
    stored = io.BytesIO()
    soundfile.write(
        stored,
        (0.5 / peak * stem_t).numpy(),
        sample_rate_hz,
        format="OGG",
        subtype=subtype,
        compression_level=level,
    )
    stored.seek(0)
    decoded, _ = soundfile.read(stored, dtype="float32", frames=len(stem_t), fill_value=0.0)
    return torch.from_numpy(decoded) * (peak / 0.5)
