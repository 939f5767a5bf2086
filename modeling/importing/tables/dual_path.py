"""What the tables of dual-path models share: laying names and shapes over, and refusing what Realm has not."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from modeling.errors import InputRefused


def renamed(state: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Every tensor under its new name, `names` mapping parts of old names to new ones, longest first.

    A convolution of length one becomes the matrix it is.
    """
    ordered = sorted(names.items(), key=lambda entry: -len(entry[0]))
    result: dict[str, Tensor] = {}
    for old, value in state.items():
        new = old
        for part, replacement in ordered:
            new = new.replace(part, replacement)
        result[new] = value.flatten(1) if value.ndim > 2 else value
    return result


def with_packed_gates(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """`gates.*` from the separate `gates.value.*` and `gates.gate.*`."""
    packed = dict(state)
    for kind in ("weight", "bias"):
        parts = [packed.pop(f"gates.{part}.{kind}") for part in ("value", "gate")]
        packed[f"gates.{kind}"] = torch.cat(parts)
    return packed


def require(settings: Mapping[str, object], supported: Mapping[str, tuple[object, ...]], peer: str) -> None:
    """Refuse a checkpoint whose settings name something that these networks do not have; absent means default."""
    for name, values in supported.items():
        value = settings.get(name, values[0])
        if value not in values:
            known = " or ".join(repr(known) for known in values)
            raise InputRefused(
                f"This {peer} checkpoint has {name}={value!r}; only {known} can be imported. "
                "Export a model with that setting."
            )


def whole_number(settings: Mapping[str, object], name: str, default: int) -> int:
    """A setting that must be a whole number from 1; the peer's default where it is absent or None."""
    value = settings.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InputRefused(
            f"Setting {name} of the checkpoint is {value!r}; it must be a whole number from 1."
        )
    return value


def count_of(state: Mapping[str, Tensor], before: str, after: str = "") -> int:
    """How many members a numbered list of layers has: names `BEFORE<number>AFTER...`."""
    numbers = {
        name[len(before) :].split(".")[0] for name in state if name.startswith(before) and after in name
    }
    return len(numbers)
