"""Files of tensors written by other toolkits: read without ever running the code that a pickle can carry."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.torch_version import TorchVersion

from modeling.errors import InputRefused
from modeling.models.configs import ModelConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignModel:
    """A checkpoint of another toolkit, under our names; `assumed` lists what the files did not say."""

    architecture: str
    config: ModelConfig
    weights: Mapping[str, Tensor]
    sample_rate_hz: int
    assumed: tuple[str, ...] = ()


class NotedSettings(Mapping[str, object]):
    """Settings that note which names a table asks for, those of the mappings in them with a dot."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._settings = settings
        self.asked: set[str] = set()
        self.groups: set[str] = set()
        """Names of mappings, which are set by the names in them."""
        self._prefix = ""

    def __getitem__(self, name: str) -> object:
        self.asked.add(self._prefix + name)
        return self._inside(name, self._settings[name])

    def get(self, name: str, default: object = None) -> object:
        self.asked.add(self._prefix + name)
        return self._inside(name, self._settings.get(name, default))

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def _inside(self, name: str, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        self.groups.add(self._prefix + name)
        inside = NotedSettings(value)
        inside.asked, inside.groups = self.asked, self.groups
        inside._prefix = f"{self._prefix}{name}."
        return inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a person says about a checkpoint: which one of several, and settings that its files leave out."""

    member: str | None = None
    sample_rate_hz: int | None = None
    settings: Mapping[str, object] | None = None

    def completed(self, settings: Mapping[str, object]) -> NotedSettings:
        """`settings` overlaid with those of the hints; a dotted name reaches into a mapping."""
        result = dict(settings)
        for name, value in (self.settings or {}).items():
            outer, dot, inner = name.partition(".")
            existing = result.get(outer)
            inside = existing if isinstance(existing, Mapping) else {}
            result[outer] = {**inside, inner: value} if dot else value
        return NotedSettings(result)

    def refuse_unread(self, settings: NotedSettings, *, architecture: str) -> None:
        """Refuse what a person set and nothing asked for: left out in silence it would give another network."""
        for name in self.settings or {}:
            if name not in settings.asked:
                known = ", ".join(sorted(settings.asked - settings.groups)) or "none"
                raise InputRefused(f"{architecture} has no --set {name}. It takes: {known}.")


def read_checkpoint(path: Path) -> object:
    """Tensors and plain values of a file that `torch.save` wrote; anything else in it is refused unread."""
    if not path.is_file():
        raise InputRefused(f"There is no file {path}.")
    try:
        # Asteroid stores the version of torch as an object of this harmless class.
        with torch.serialization.safe_globals([TorchVersion]):
            content: object = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputRefused(_why_refused(path, str(error))) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputRefused(f"{path} is not a checkpoint that PyTorch can read. Download it again.") from error
    return content


def read_tensors(path: Path) -> dict[str, Tensor]:
    """A bare state dictionary: names and tensors, nothing else."""
    return as_tensors(read_checkpoint(path), path)


def as_tensors(content: object, path: Path) -> dict[str, Tensor]:
    """Check that this is a state dictionary of finite numbers, and bring them to single precision."""
    if not isinstance(content, Mapping) or not content:
        raise InputRefused(f"{path} does not hold the weights of a network (a state_dict), as it must.")
    tensors: dict[str, Tensor] = {}
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise InputRefused(f"{path} holds {name!r}, which is no tensor, among its weights.")
        tensors[name] = value.detach().float()
        if not bool(tensors[name].isfinite().all()):
            raise InputRefused(
                f"Tensor {name} of {path} holds values that are not finite. The file is damaged."
            )
    return tensors


def _why_refused(path: Path, message: str) -> str:
    if "GLOBAL" in message or "global" in message:
        return (
            f"{path} holds Python objects beside tensors. Loading them could run code of whoever made the file, "
            "so it is refused. Save the state_dict alone."
        )
    return f"{path} is not a checkpoint that PyTorch can read. Download it again."
