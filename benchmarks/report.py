"""What a benchmark answers: figures, targets, and whether it passed, as one JSON object."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Figure = float | int | str


class CannotRun(Exception):  # noqa: N818 - not a fault: something the benchmark needs is not there
    """The benchmark lacks something it needs; the sentence says what and how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A bound for one figure."""

    at_least: float | None = None
    at_most: float | None = None

    def is_met_by(self, figure: Figure | None) -> bool:
        if not isinstance(figure, int | float) or math.isnan(figure):
            return False
        above = self.at_least is None or figure >= self.at_least
        return above and (self.at_most is None or figure <= self.at_most)

    def describe(self) -> dict[str, float]:
        bounds = {"at_least": self.at_least, "at_most": self.at_most}
        return {name: bound for name, bound in bounds.items() if bound is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one benchmark; a figure that is missing or not a number fails its target."""

    figures: Mapping[str, Figure]
    targets: Mapping[str, Target]

    @property
    def is_pass(self) -> bool:
        return all(target.is_met_by(self.figures.get(name)) for name, target in self.targets.items())

    def to_json(self, benchmark: str) -> str:
        return json.dumps(
            {
                "benchmark": benchmark,
                "figures": {name: _plain(figure) for name, figure in self.figures.items()},
                "targets": {name: target.describe() for name, target in self.targets.items()},
                "pass": self.is_pass,
                "commit": current_commit(),
                "machine": describe_machine(),
            }
        )


def progress(message: str) -> None:
    """Say how far a benchmark is, on standard error: standard output ends with the report."""
    print(message, file=sys.stderr, flush=True)


def current_commit() -> str:
    """The checkout's commit; `+` marks changes that are not in it."""
    folder = Path(__file__).parent.parent
    try:
        head = _git(folder, "rev-parse", "--short=12", "HEAD")
        return head + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def describe_machine() -> str:
    return f"{os.cpu_count()} x {_processor()}, {platform.system()}, Python {platform.python_version()}"


def _git(folder: Path, *arguments: str) -> str:
    finished = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=10
    )
    return finished.stdout.strip()


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _plain(figure: Figure) -> Figure | None:
    # JSON has no NaN; a figure that could not be computed is null.
    if isinstance(figure, float):
        if not math.isfinite(figure):
            return None
        # Differences of 1e-7 are figures too: four places would call them 0.
        return round(figure, 4) if abs(figure) >= 1e-2 else float(f"{figure:.3g}")
    return figure
