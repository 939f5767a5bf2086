"""One file per layout; each turns the same rows into files below one folder. A new format is listed here."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from releases.formats import flac, real_m
from releases.rows import ReleaseContents

Report = Callable[[int, int], None]


class Layout(Protocol):
    """Writes below `folder`, which is the root of the release; calls `report(done, total)` after each recording."""

    def __call__(self, *, contents: ReleaseContents, folder: Path, report: Report) -> None: ...


FORMATS: dict[str, Layout] = {
    "flac": flac.write_layout,
    "real-m": real_m.write_layout,
}
