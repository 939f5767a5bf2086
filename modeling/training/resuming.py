"""What a run folder holds already: how far the run is, with which settings, and on which corpus."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modeling.data.corpus import read_all_clips
from modeling.errors import InputRefused
from modeling.models.configs import EstimatorConfig
from modeling.runs.config import RunConfig
from modeling.training.checkpoints import LAST_NAME, load_checkpoint
from modeling.training.schedule import Plateau, progress

DESCRIPTION_NAME = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusNote:
    """Which corpus a run learns from; another copy of it, elsewhere, has the same clips and duration."""

    path: str
    clips: int
    duration_s: float

    def is_like(self, other: CorpusNote) -> bool:
        return (self.clips, self.duration_s) == (other.clips, other.duration_s)

    def __str__(self) -> str:
        return f"{self.path} ({self.clips} training clips, {self.duration_s:.1f} s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run is by its last checkpoint."""

    step: int
    best_score: float
    is_finished: bool


def note_corpus(run: RunConfig, corpus: Path) -> CorpusNote | None:
    """By the manifest alone, nothing is decoded; estimators learn from stored stems and have no corpus."""
    if isinstance(run.model, EstimatorConfig):
        return None
    durations_s = [clip.duration_s for clip in read_all_clips(corpus) if clip.split == "train"]
    return CorpusNote(
        path=str(corpus.resolve()), clips=len(durations_s), duration_s=round(sum(durations_s), 3)
    )


def read_standing(run: RunConfig, folder: Path) -> Standing | None:
    """Nothing where the run has no checkpoint."""
    if not (folder / LAST_NAME).is_file():
        return None
    state, plateau = load_checkpoint(folder / LAST_NAME), Plateau(run.optimisation)
    if state.get("plateau"):
        plateau.load_state_dict(state["plateau"])
    done = progress(run.optimisation, step=state["step"], elapsed_s=state["elapsed_s"])
    return Standing(
        step=state["step"],
        best_score=state["best_score"],
        is_finished=done >= 1.0 or plateau.is_over,
    )


def read_description(folder: Path) -> dict[str, Any]:
    """What `run.json` says; nothing where it is missing or unreadable, since the checkpoint is what counts."""
    try:
        description = json.loads((folder / DESCRIPTION_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return description if isinstance(description, dict) else {}


def changed_settings(run: RunConfig, description: Mapping[str, Any]) -> list[str]:
    """Each setting that is not as described, `name old -> new`; what an older version did not note is no change."""
    now = json.loads(json.dumps(dataclasses.asdict(run), default=str))
    old, new = dict(_flat(description)), dict(_flat(now))
    return [f"{name} {old[name]} -> {new[name]}" for name in new if name in old and old[name] != new[name]]


def refuse_other_corpus(note: CorpusNote | None, *, description: Mapping[str, Any], folder: Path) -> None:
    """A description of an earlier version names no corpus: any is taken."""
    noted = description.get("corpus")
    if note is None or not isinstance(noted, dict) or set(noted) != set(dataclasses.asdict(note)):
        return
    old = CorpusNote(path=noted["path"], clips=noted["clips"], duration_s=noted["duration_s"])
    if not note.is_like(old):
        raise InputRefused(
            f"The run in {folder} was begun on the corpus {old}, and this one is {note}: give the run an empty "
            "folder with --out, or go on with this corpus by --other-corpus."
        )


def _flat(values: Any, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted names as `--set` takes them; lists of plain values are one value."""
    if isinstance(values, Mapping):
        parts = list(values.items())
    elif isinstance(values, list) and values and isinstance(values[0], Mapping):
        parts = list(enumerate(values))
    else:
        yield prefix, values
        return
    for name, value in parts:
        yield from _flat(value, f"{prefix}.{name}" if prefix else str(name))
