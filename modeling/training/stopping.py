"""Stopping a run from outside: the first signal is noted for the loop, the second one ends the process at once."""

from __future__ import annotations

import os
import signal
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals(AbstractContextManager["StopSignals"]):
    """While it is open, Ctrl+C and SIGTERM only set `number`; to be opened in the main thread."""

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[signal.Signals, Any] = {}
        self._process = os.getpid()

    def __enter__(self) -> StopSignals:
        self._process = os.getpid()
        self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        # A terminal and torchrun send the signal to the processes that draw mixtures as well: these go with us.
        if os.getpid() != self._process:
            return
        self.number = number
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
