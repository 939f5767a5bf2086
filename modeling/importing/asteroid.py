"""Asteroid's files: one `.bin` or `.pth` with `model_name`, `state_dict` and `model_args`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from torch import Tensor

from modeling.errors import InputRefused
from modeling.importing.checkpoints import ForeignModel, Hints, as_tensors, read_checkpoint
from modeling.importing.fitting import turned
from modeling.importing.tables import asteroid_conv_tasnet, asteroid_dprnn, asteroid_dptnet
from modeling.models.configs import ModelConfig

DEFAULT_RATE_HZ = 8000
Rename = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
ConfigOf = Callable[[Mapping[str, Tensor], Mapping[str, object]], ModelConfig]

TABLES: dict[str, tuple[Rename, ConfigOf]] = {
    "ConvTasNet": (asteroid_conv_tasnet.rename, asteroid_conv_tasnet.config_of),
    "DPRNNTasNet": (asteroid_dprnn.rename, asteroid_dprnn.config_of),
    "DPTNet": (asteroid_dptnet.rename, asteroid_dptnet.config_of),
}


def read_asteroid(path: Path, hints: Hints) -> ForeignModel:
    """A separator from the file that `model.serialize()` or the hub's `pytorch_model.bin` is."""
    path = _only_file(path) if path.is_dir() else path
    content = read_checkpoint(path)
    if not isinstance(content, Mapping) or not {"model_name", "state_dict", "model_args"} <= set(content):
        raise InputRefused(
            f"{path} is no model of Asteroid: it has no model_name, state_dict and model_args."
        )
    name, arguments = content["model_name"], content["model_args"]
    if name not in TABLES:
        raise InputRefused(f"{path} holds Asteroid's {name!r}; only {', '.join(TABLES)} can be imported.")
    if not isinstance(arguments, Mapping):
        raise InputRefused(f"model_args of {path} must be a mapping, not {type(arguments).__name__}.")
    rename, config_of = TABLES[name]
    state, settings = as_tensors(content["state_dict"], path), hints.completed(arguments)
    rate_hz, assumed = _sample_rate_hz(arguments, hints)
    config = turned(lambda: config_of(state, settings), source=path, architecture=name)
    hints.refuse_unread(settings, architecture=f"Asteroid's {name}")
    return ForeignModel(
        architecture=f"Asteroid {name}",
        config=config,
        weights=turned(lambda: rename(state), source=path, architecture=name),
        sample_rate_hz=rate_hz,
        assumed=assumed,
    )


def _only_file(folder: Path) -> Path:
    found = sorted(path for pattern in ("*.bin", "*.pth") for path in folder.glob(pattern))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise InputRefused(
            f"{folder} must hold one .bin or .pth file of Asteroid; it holds {names}. Name the file."
        )
    return found[0]


def _sample_rate_hz(arguments: Mapping[str, object], hints: Hints) -> tuple[int, tuple[str, ...]]:
    if hints.sample_rate_hz is not None:
        return hints.sample_rate_hz, ()
    said = arguments.get("sample_rate")
    if isinstance(said, int | float) and said >= 1:
        return int(said), ()
    return DEFAULT_RATE_HZ, (f"sample rate {DEFAULT_RATE_HZ} Hz",)
