"""Turning names and shapes with a table, and proving that nothing was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from modeling.building import build_model
from modeling.errors import InputRefused
from modeling.importing.checkpoints import ForeignModel

T = TypeVar("T")
MOST_NAMES = 5


def turned(work: Callable[[], T], *, source: Path, architecture: str) -> T:
    """What a table makes of a checkpoint; a tensor or a shape that it misses becomes a sentence."""
    try:
        return work()
    except KeyError as missing:
        raise InputRefused(
            f"{source} is no complete {architecture}: tensor {missing} is missing."
        ) from missing
    except (ValueError, IndexError, RuntimeError) as error:
        raise InputRefused(
            f"{source} is no {architecture} as published: a tensor has an unexpected shape ({error})."
        ) from error


def check_fit(model: ForeignModel, source: Path) -> None:
    """Refuse a checkpoint unless every tensor of it has a place in our network and every place its tensor."""
    with torch.device("meta"):
        expected = build_model(model.config).state_dict()
    misfits = [
        _listed("tensors without a place in this network", set(model.weights) - set(expected)),
        _listed("tensors that are missing", set(expected) - set(model.weights)),
        _listed("tensors of another shape", _differing_shapes(expected, model.weights)),
    ]
    if any(misfits):
        found = "; ".join(misfit for misfit in misfits if misfit)
        raise InputRefused(
            f"{source} does not fit {model.architecture}: {found}. A variant that Realm does not have cannot be "
            "imported."
        )


def _differing_shapes(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> set[str]:
    return {
        f"{name} {tuple(found[name].shape)} instead of {tuple(value.shape)}"
        for name, value in expected.items()
        if name in found and found[name].shape != value.shape
    }


def _listed(what: str, names: set[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{what}: {', '.join(sorted(names)[:MOST_NAMES])}{more}"
