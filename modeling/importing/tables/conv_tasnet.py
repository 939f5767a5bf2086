"""What the tables of Conv-TasNets share: laying names over, and the two branches of a block as one matrix."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def renamed(state: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Every tensor under its new name, `names` mapping parts of old names to new ones, longest first.

    Gains and biases of norms lose their axes of length one.
    """
    ordered = sorted(names.items(), key=lambda entry: -len(entry[0]))
    result: dict[str, Tensor] = {}
    for old, value in state.items():
        new = old
        for part, replacement in ordered:
            new = new.replace(part, replacement)
        result[new] = value.flatten() if "norm." in new else value
    return result


def with_joint_branches(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`output.*` of each block from its `residual.*`, where it has one, and its `skip.*`, where it has one."""
    joint = {
        name: value for name, value in state.items() if ".residual." not in name and ".skip." not in name
    }
    branches: dict[str, list[Tensor]] = {}
    for branch in (".residual.", ".skip."):
        for name, value in state.items():
            if branch in name:
                branches.setdefault(name.replace(branch, ".output."), []).append(value)
    return joint | {name: torch.cat(values) for name, values in branches.items()}
