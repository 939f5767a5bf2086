"""Running a part of a benchmark in `.venv-peers`, where the toolkits that Realm is compared with are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.report import CannotRun, Figure

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv-peers" / "bin" / "python"


def run_among_peers(module: str, *arguments: str) -> dict[str, Figure]:
    """Run `python -m MODULE` there; the last line that it prints is a JSON object of figures."""
    command = [str(_interpreter()), "-m", module, *arguments]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    if finished.returncode != 0:
        raise CannotRun(f"{' '.join(command)} ended with status {finished.returncode}.")
    figures: dict[str, Figure] = json.loads(finished.stdout.splitlines()[-1])
    return figures


def print_figures(figures: dict[str, Figure]) -> None:
    """The other end of `run_among_peers`."""
    print(json.dumps(figures), flush=True)


def _interpreter() -> Path:
    if PYTHON.is_file():
        return PYTHON
    if find_spec("speechbrain") is not None:
        return Path(sys.executable)
    raise CannotRun("The other toolkits are not installed here: run scripts/install_peers.sh once.")


def as_options(names: Sequence[str], values: object) -> list[str]:
    """`--some-name VALUE` for attributes of parsed arguments, to hand them on."""
    return [part for name in names for part in (f"--{name.replace('_', '-')}", str(getattr(values, name)))]
