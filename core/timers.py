"""Timers without a scheduler: every worker tries every timer, a row in the database lets one of them run it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error as DatabaseFault
from django.db import connections
from django.db.models import Q
from django.db.models.functions import Now

from core.errors import Broken, RetryLater
from core.models import TIMER_QUEUE, WORKER_KIND, Job
from core.runner import LONGEST_ERROR, from_now

logger = logging.getLogger(__name__)

TIMER_KIND = "timer"
TIMER_LEASE_S = 60  # a run that takes longer may overlap with the next, so timers bear running twice
HEARTBEAT_S = 15
TICK_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSpec:
    name: str
    every_s: int
    function: Callable[[], None]


_timers: dict[str, TimerSpec] = {}


def timer(*, name: str, every_s: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Declare something that some worker runs every so often; short, idempotent, without arguments."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        known = _timers.get(name)
        if known and known.function.__qualname__ != function.__qualname__:
            raise Broken(f"Two functions are declared as the timer {name!r}: rename one of them.")
        _timers[name] = TimerSpec(name=name, every_s=every_s, function=function)
        return function

    return register


def run_timer(name: str, *, worker: str) -> bool:
    """Run a timer if it is due and nobody else runs it; False otherwise."""
    spec = _timers[name]
    row = Job.objects.filter(kind=TIMER_KIND, subject_key=name)
    if not _claim_timer(spec, worker=worker):
        return False
    error_text = "It did not end: its worker died, or the database was away."
    try:
        spec.function()
        error_text = ""
    except (RetryLater, Broken, DatabaseFault, OSError) as error:
        error_text = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        logger.warning("The timer %s failed and will run again: %s", name, error)
    finally:
        row.update(lease_until=None, finished_at=Now(), last_error=error_text)
    return True


def _claim_timer(spec: TimerSpec, *, worker: str) -> bool:
    Job.objects.get_or_create(kind=TIMER_KIND, subject_key=spec.name, defaults={"queue": TIMER_QUEUE})
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    due = Job.objects.filter(free, kind=TIMER_KIND, subject_key=spec.name, not_before__lte=Now())
    claimed = due.update(
        not_before=from_now(spec.every_s),
        lease_until=from_now(TIMER_LEASE_S),
        started_at=Now(),
        worker=worker,
    )
    return claimed == 1


def note_worker(worker: str, *, queues: list[str]) -> None:
    """Say that a worker lives, for /status."""
    seen = {"finished_at": Now(), "payload": {"queues": sorted(queues)}, "queue": TIMER_QUEUE}
    Job.objects.update_or_create(kind=WORKER_KIND, subject_key=worker, defaults=seen)


class TimerThread(threading.Thread):
    """Wakes inside a worker's main process; each timer runs in a thread of its own, so none delays another.

    Whatever a timer raises ends its own thread only, and the next period tries again.
    """

    def __init__(self, worker: str, *, queues: list[str]) -> None:
        super().__init__(name="timers", daemon=True)
        self.worker = worker
        self.queues = queues
        self.stopped = threading.Event()
        self.running: dict[str, threading.Thread] = {}

    def run(self) -> None:
        due_at_s: dict[str, float] = {}
        while not self.stopped.wait(TICK_S):
            for name, every_s in self._periods().items():
                now_s = time.monotonic()
                if now_s >= due_at_s.get(name, 0.0) and not self._is_running(name):
                    due_at_s[name] = now_s + every_s
                    self._start(name)

    def _periods(self) -> dict[str, int]:
        return {WORKER_KIND: HEARTBEAT_S} | {name: spec.every_s for name, spec in _timers.items()}

    def _is_running(self, name: str) -> bool:
        return name in self.running and self.running[name].is_alive()

    def _start(self, name: str) -> None:
        self.running[name] = threading.Thread(
            target=self._tick, args=(name,), name=f"timer {name}", daemon=True
        )
        self.running[name].start()

    def _tick(self, name: str) -> None:
        try:
            if name == WORKER_KIND:
                note_worker(self.worker, queues=self.queues)
            else:
                run_timer(name, worker=self.worker)
        except DatabaseFault as error:
            logger.warning("The database is away, the timer %s waits: %s", name, error)
        finally:
            connections.close_all()

    def stop(self) -> None:
        self.stopped.set()
