"""Changing a run by dotted names, as `--set optimisation.batch_size=8` does, and listing what can be changed."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import math
import textwrap
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from modeling.errors import InputRefused
from modeling.runs.config import RunConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value of a run that `--set` can change."""

    name: str
    kind: str
    value: int | float | str
    description: str
    """What stands below it in its Config; empty where the name says all."""


def with_settings(run: RunConfig, settings: Mapping[str, str]) -> RunConfig:
    """Change a run by dotted names; `none` empties an optional value. Unknown names are refused with the known."""
    for name, text in settings.items():
        run = _replaced(run, name.split("."), text, name)
    return run


def list_settings(owner: Any, *, prefix: str = "") -> Iterator[Setting]:
    """Every setting of a run with its present value; stages are numbered from 0."""
    hints, descriptions = get_type_hints(type(owner)), describe_fields(type(owner))
    for entry in dataclasses.fields(owner):
        value = getattr(owner, entry.name)
        if dataclasses.is_dataclass(value):
            yield from list_settings(value, prefix=f"{prefix}{entry.name}.")
        elif _is_list_of_parts(value):
            for index, part in enumerate(value):
                yield from list_settings(part, prefix=f"{prefix}{entry.name}.{index}.")
        elif (prefix or entry.name != "name") and entry.name != "stages":
            yield Setting(
                name=prefix + entry.name,
                kind=_describe(hints[entry.name]),
                value=_as_text(value),
                description=descriptions.get(entry.name, ""),
            )


def describe_fields(owner: type) -> dict[str, str]:
    """The text below each field of a Config and of the Configs that it extends, on one line."""
    described: dict[str, str] = {}
    for config in reversed([each for each in owner.__mro__ if dataclasses.is_dataclass(each)]):
        body = ast.parse(textwrap.dedent(inspect.getsource(config))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    described[name] = " ".join(words.split())
    return described


def _as_text(value: object) -> int | float | str:
    """As `--set` would take it; numbers and flags stay what they are."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return value if isinstance(value, int | float) else "none" if value is None else str(value)


def _replaced(owner: Any, path: list[str], text: str, full_name: str) -> Any:
    if isinstance(owner, tuple):
        return _replaced_in_list(owner, path, text, full_name)
    known = [entry.name for entry in dataclasses.fields(owner)]
    if path[0] not in known:
        raise InputRefused(f"There is no setting {full_name!r}: {path[0]!r} is none of {', '.join(known)}.")
    current = getattr(owner, path[0])
    is_group = dataclasses.is_dataclass(current) or _is_list_of_parts(current)
    if is_group != (len(path) > 1):
        raise InputRefused(f"Setting {full_name!r} must name one value, such as optimisation.batch_size.")
    value = (
        _replaced(current, path[1:], text, full_name)
        if is_group
        else _parsed(get_type_hints(type(owner))[path[0]], text, full_name)
    )
    return dataclasses.replace(owner, **{path[0]: value})


def _replaced_in_list(parts: tuple[Any, ...], path: list[str], text: str, full_name: str) -> tuple[Any, ...]:
    if path[0] not in map(str, range(len(parts))) or len(path) < 2:
        raise InputRefused(f"Setting {full_name!r} must name one value of a part from 0 to {len(parts) - 1}.")
    index = int(path[0])
    return (*parts[:index], _replaced(parts[index], path[1:], text, full_name), *parts[index + 1 :])


def _is_list_of_parts(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and dataclasses.is_dataclass(value[0])


def _parsed(kind: Any, text: str, full_name: str) -> object:
    try:
        return _parse(kind, text)
    except ValueError:
        if _is_infinite(text):
            raise InputRefused(f"Setting {full_name!r} must be a finite number, not {text!r}.") from None
        raise InputRefused(
            f"Setting {full_name!r} is of type {_describe(kind)}: {text!r} does not fit."
        ) from None


def _parse(kind: Any, text: str) -> object:
    if get_origin(kind) is Literal:
        return _parse_word(text, get_args(kind))
    if get_origin(kind) in (Union, types.UnionType):
        inner = next(each for each in get_args(kind) if each is not type(None))
        return None if text == "none" else _parse(inner, text)
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        return () if text == "none" else tuple(_parse(item, part) for part in text.split(","))
    if kind is bool:
        return _parse_word(text, ("true", "false")) == "true"
    if kind is float and _is_infinite(text):
        raise ValueError(text)
    if kind in (int, float, str, Path):
        return kind(text)
    raise ValueError(text)


def _is_infinite(text: str) -> bool:
    """Also what is no number at all by name, such as nan; a text that is not about numbers is not."""
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False


def _parse_word(text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise ValueError(text)
    return text


def _describe(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    return str(kind.__name__ if isinstance(kind, type) and not get_args(kind) else kind).replace(
        "pathlib.", ""
    )
