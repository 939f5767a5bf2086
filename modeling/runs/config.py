"""What a training run is: plain typed values, and how `--set key=value` changes them."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from modeling.data.mixing_config import MixingConfig as MixingConfig
from modeling.errors import InputRefused
from modeling.models.configs import BlstmConfig, ModelConfig
from modeling.runs.pool_config import PoolConfig as PoolConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimisationConfig:
    """AdamW with warm-up and a cosine to nearly zero, over `max_steps` or, if set, over `max_minutes`."""

    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup_steps: int = 300
    max_steps: int = 20_000
    max_minutes: float | None = None
    clip_norm: float = 5.0
    ema_decay: float = 0.999
    precision: Literal["fp32", "bf16"] = "bf16"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """One training run, complete."""

    name: str
    model: ModelConfig = field(default_factory=BlstmConfig)
    mixing: MixingConfig = field(default_factory=MixingConfig)
    optimisation: OptimisationConfig = field(default_factory=OptimisationConfig)
    pool: PoolConfig = field(default_factory=PoolConfig)
    sample_rate_hz: int = 8000
    seed: int = 1
    validation_mixtures: int = 150
    validate_every_s: float = 120.0
    """Seconds between validations, checkpoints and log lines; a killed run loses at most this much."""
    continue_from: Path | None = None
    """A bundle whose weights the run starts from."""


def with_settings(run: RunConfig, settings: Mapping[str, str]) -> RunConfig:
    """Change a run by dotted names, as `--set optimisation.batch_size=8` does; unknown names are refused."""
    for name, text in settings.items():
        run = _replaced(run, name.split("."), text, name)
    return run


def _replaced(owner: Any, path: list[str], text: str, full_name: str) -> Any:
    known = [entry.name for entry in dataclasses.fields(owner)]
    if path[0] not in known:
        raise InputRefused(f"There is no setting {full_name!r}: {path[0]!r} is none of {', '.join(known)}.")
    current = getattr(owner, path[0])
    if dataclasses.is_dataclass(current) != (len(path) > 1):
        raise InputRefused(f"Setting {full_name!r} must name one value, such as optimisation.batch_size.")
    value = (
        _replaced(current, path[1:], text, full_name)
        if len(path) > 1
        else _parsed(owner, path[0], text, full_name)
    )
    return dataclasses.replace(owner, **{path[0]: value})


def _parsed(owner: Any, name: str, text: str, full_name: str) -> object:
    kind = next(str(entry.type) for entry in dataclasses.fields(owner) if entry.name == name)
    try:
        return _word(kind, text) if kind.startswith("Literal[") else _PARSERS[kind](text)
    except (KeyError, ValueError):
        raise InputRefused(f"Setting {full_name!r} is of type {kind}: {text!r} does not fit.") from None


def _word(kind: str, text: str) -> str:
    if text not in ast.literal_eval(kind.removeprefix("Literal")):
        raise ValueError(text)
    return text


_PARSERS: dict[str, Any] = {
    "int": int,
    "float": float,
    "str": str,
    "int | None": lambda text: None if text == "none" else int(text),
    "float | None": lambda text: None if text == "none" else float(text),
    "Path | None": lambda text: None if text == "none" else Path(text),
    "tuple[int, ...]": lambda text: tuple(int(part) for part in text.split(",")),
}
