"""A bar over the seconds of one long recording, on standard error and only where somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

LONG_S = 30.0
"""What takes less than this much audio is done before a bar can be read."""


@contextmanager
def seconds_bar(what: str, *, total_s: float) -> Iterator[Callable[[float], None]]:
    """Give a function that is told how many seconds are done; silent unless standard error is a terminal."""
    disable = True if total_s <= LONG_S else None
    with tqdm(total=round(total_s), desc=what, unit="s", disable=disable, leave=False) as bar:

        def advance(done_s: float) -> None:
            bar.update(round(done_s) - bar.n)

        yield advance
