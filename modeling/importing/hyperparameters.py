"""SpeechBrain's `hyperparams.yaml` as plain data: its tags name objects to build, and here none is ever built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from modeling.errors import InputRefused

LARGEST_FILE_BYTES = 1_000_000
MOST_VALUES = 20_000
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Reference:
    """`!ref <name>`: the value of another entry, looked up when it is asked for."""

    text: str


class Hyperparameters:
    """The entries of a file; `!new:` and its like are read as the arguments that stand below them."""

    def __init__(self, entries: Mapping[str, object], *, path: Path) -> None:
        self._entries = entries
        self._path = path

    def find(self, name: str) -> object:
        """The value of an entry with all references followed; None where there is no such entry."""
        budget = [MOST_VALUES]
        return self._followed(self._entries.get(name), budget, depth=0)

    def arguments_of(self, name: str) -> Mapping[str, object]:
        """The arguments of the object behind `modules: {name: !ref <...>}`, or of the entry with that name."""
        modules = self._entries.get("modules")
        entry = modules.get(name) if isinstance(modules, Mapping) else None
        budget = [MOST_VALUES]
        arguments = self._followed(entry if entry is not None else self._entries.get(name), budget, depth=0)
        return arguments if isinstance(arguments, Mapping) else {}

    def _followed(self, value: object, budget: list[int], *, depth: int) -> object:
        budget[0] -= 1
        if budget[0] < 0 or depth > DEEPEST:
            raise InputRefused(f"{self._path} refers to itself or nests too deep. Use the file as published.")
        match value:
            case Reference(text):
                name = re.fullmatch(r"\s*<([\w.]+)>\s*", text)
                if name is None or name[1] not in self._entries:
                    return text
                return self._followed(self._entries[name[1]], budget, depth=depth + 1)
            case dict():
                return {
                    str(key): self._followed(each, budget, depth=depth + 1) for key, each in value.items()
                }
            case list():
                return [self._followed(each, budget, depth=depth + 1) for each in value]
            case _:
                return value


def read_hyperparameters(path: Path) -> Hyperparameters:
    """Read the file with a loader that knows plain values only; every tag of its own is dropped."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise InputRefused(
                f"{path} has more than {LARGEST_FILE_BYTES:,} bytes; it is no hyperparams.yaml."
            )
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InputRefused(f"{path} cannot be read as YAML: {str(error).splitlines()[0]}.") from error
    if not isinstance(entries, dict):
        raise InputRefused(f"{path} must hold named entries, not {type(entries).__name__}.")
    return Hyperparameters(entries, path=path)


class _PlainLoader(yaml.SafeLoader):
    """PyYAML's safe loader, which builds nothing but text, numbers, lists and mappings."""


def _without_tag(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> object:
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case _:
            text = str(node.value)
            return Reference(text) if tag == "ref" else text or None


_PlainLoader.add_multi_constructor("!", _without_tag)
