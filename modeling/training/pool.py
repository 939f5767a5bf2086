"""A pool of separators of different quality, whose stems teach an estimator what good and bad sound like.

A pool is a folder of separator bundles with a `pool.json` that says of each which half of the training speakers
it learned from, its family, how much of its training it had, and what it is for. Without torch.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from modeling.errors import InputRefused

POOL_NAME = "pool.json"

Half = Literal["A", "B", "all"]
Role = Literal["training", "selection", "unseen"]

ROLES: dict[str, Role] = {"band_split": "selection", "tf_gridnet": "unseen", "deep_clustering": "unseen"}
"""What a family is for; every other family trains estimators. Unseen families touch nothing but the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMember:
    """One separator of a pool; `half` names the speakers it was trained on, `fraction` the share of its run."""

    bundle: str
    family: str
    half: Half
    fraction: float
    role: Role


def role_of(family: str) -> Role:
    return ROLES.get(family, "training")


def read_pool(folder: Path) -> list[PoolMember]:
    """Members in the order of `pool.json`; what does not fit is refused with its name."""
    path = folder / POOL_NAME
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputRefused(
            f"{path} is no list of a pool of separators ({error.strerror}): "
            "fill one with `python -m modeling pool add`."
        ) from error
    except ValueError as error:
        raise InputRefused(
            f"{path} is damaged ({error}): remove it and add the members again with `python -m modeling pool add`."
        ) from error
    entries = written.get("members") if isinstance(written, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputRefused(
            f'{path} must hold {{"members": [..]}}, one object for each separator: remove it and add the members again '
            "with `python -m modeling pool add`."
        )
    try:
        return [_parsed(entry, path) for entry in entries]
    except (KeyError, TypeError, ValueError) as error:
        raise InputRefused(
            f"{path} describes a member wrongly: {error} is missing or of another kind."
        ) from error


def add_members(folder: Path, members: Sequence[PoolMember]) -> None:
    """Write members into the list; one with the name of an old one takes its place."""
    old = read_pool(folder) if (folder / POOL_NAME).is_file() else []
    new_names = {member.bundle for member in members}
    kept = [member for member in old if member.bundle not in new_names]
    entries = [dataclasses.asdict(member) for member in (*kept, *members)]
    aside = folder / (POOL_NAME + ".part")
    aside.write_text(json.dumps({"members": entries}, indent=2) + "\n", encoding="utf-8")
    aside.replace(folder / POOL_NAME)


def members_for(members: Sequence[PoolMember], *, role: Role, speakers: Half) -> list[PoolMember]:
    """Members of a role that never heard the `speakers`; `all` stands for speakers outside training."""
    fitting = [member for member in members if member.role == role]
    if speakers == "all":
        return fitting
    return [member for member in fitting if member.half not in (speakers, "all")]


def _parsed(entry: dict[str, object], path: Path) -> PoolMember:
    half, role = entry["half"], entry["role"]
    if half not in get_args(Half) or role not in get_args(Role):
        raise InputRefused(f"{path}: member {entry.get('bundle')!r} has half {half!r} and role {role!r}.")
    return PoolMember(
        bundle=str(entry["bundle"]),
        family=str(entry["family"]),
        half=half,  # type: ignore[arg-type]
        fraction=float(str(entry["fraction"])),
        role=role,  # type: ignore[arg-type]
    )
