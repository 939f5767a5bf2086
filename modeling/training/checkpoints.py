"""Checkpoints: everything a run needs to go on as if it had not stopped, written aside and renamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from modeling.errors import InputRefused

LAST_NAME = "last.pt"
BEST_NAME = "best.pt"


def kept_name(percent: float) -> str:
    """The file of the averaged weights (half precision) that a run keeps when so much of it is done."""
    return f"at_{percent:g}.pt"


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write tensors and plain values (no pickled classes); an interrupted write leaves the old file."""
    aside = path.with_name(path.name + ".part")
    torch.save(state, aside)
    aside.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Tensors and plain values, on the CPU; InputRefused where the file is missing, damaged or pickles classes."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputRefused(f"There is no checkpoint {path}.") from None
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise InputRefused(f"The checkpoint {path} cannot be read: {error}") from error
    return state
