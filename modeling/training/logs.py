"""What a run tells: a CSV file, TensorBoard where it is wanted, a line for the log and a progress bar."""

from __future__ import annotations

import csv
import logging
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from modeling.errors import InputRefused

logger = logging.getLogger(__name__)

CSV_NAME, TENSORBOARD_NAME = "log.csv", "tensorboard"


class RunLog(AbstractContextManager["RunLog"]):
    """The log of one run; `is_quiet` for every process but the first."""

    def __init__(self, folder: Path, *, tensorboard: bool = False, is_quiet: bool = False) -> None:
        self._path, self._is_quiet = folder / CSV_NAME, is_quiet
        self._writer = _open_tensorboard(folder) if tensorboard and not is_quiet else None
        self._bar: Any = None
        self._redirect: Any = None

    def start(self, done: float) -> None:
        """Show a bar with the time left, on a terminal; what was done before does not count for its speed."""
        is_hidden = self._is_quiet or not sys.stderr.isatty()
        self._bar = tqdm(
            total=1.0,
            initial=done,
            disable=is_hidden,
            bar_format="{percentage:5.1f} % |{bar}| {elapsed} gone, {remaining} left{postfix}",
        )
        self._redirect = logging_redirect_tqdm()
        self._redirect.__enter__()

    def advance(self, done: float, *, step: int, loss: float | None) -> None:
        if self._bar is not None and not self._bar.disable:
            self._bar.set_postfix_str(
                f"step {step}" + ("" if loss is None else f", loss {loss:.3f}"), refresh=False
            )
            self._bar.update(done - self._bar.n)

    def write(self, row: Mapping[str, float | None], *, done: float, elapsed_s: float) -> None:
        """One validation's figures, everywhere."""
        if self._is_quiet:
            return
        written = {name: _plain(name, value) for name, value in row.items()}
        _append(self._path, written)
        if self._writer is not None:
            for name, value in row.items():
                if value is not None and name != "step":
                    self._writer.add_scalar(name, value, int(row["step"] or 0))
            self._writer.flush()
        left_min = elapsed_s * (1 - done) / done / 60 if done else float("nan")
        figures = ", ".join(f"{name} {text}" for name, text in written.items())
        logger.info("%3.0f %% %s, %.0f min left", 100 * done, figures, left_min)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._redirect is not None:
            self._redirect.__exit__(None, None, None)
            self._bar.close()
        if self._writer is not None:
            self._writer.close()


def _open_tensorboard(folder: Path) -> Any:
    try:
        module = import_module("torch.utils.tensorboard")
    except ImportError:
        raise InputRefused(
            "The run asks for TensorBoard, which is not installed: pip install -r requirements-training.txt, "
            "or leave tensorboard=true away; log.csv holds the same figures."
        ) from None
    return module.SummaryWriter(log_dir=str(folder / TENSORBOARD_NAME))


def _append(path: Path, row: Mapping[str, str]) -> None:
    columns = list(row)
    if path.exists():
        # A log begun by an earlier version keeps its columns.
        with path.open(encoding="utf-8", newline="") as stream:
            columns = next(csv.reader(stream), columns)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=columns, restval="", extrasaction="ignore")
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def _plain(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in ("step", "elapsed_s"):
        return f"{value:.0f}"
    return f"{value:.3e}" if name == "learning_rate" else f"{value:.4f}"
