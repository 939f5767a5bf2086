"""How the platform is: facts for the page /status, and one answer for machines."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connection
from django.utils import timezone

from core.errors import Broken, RetryLater
from core.models import WORKER_KIND, Job, JobState
from core.storage import object_store, probe_store
from core.timers import HEARTBEAT_S

WORKER_SILENT_AFTER_S = 3 * HEARTBEAT_S
STUCK_AFTER_S = 120
PROBE_KEPT_S = 10
SHOWN_QUARANTINED = 20

_last_probe: tuple[float, str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    name: str
    queues: list[str]
    last_seen: datetime
    is_alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatus:
    name: str
    queued: int
    running: int
    done: int
    quarantined: int
    oldest_waiting_s: float | None
    has_worker: bool

    @property
    def is_stuck(self) -> bool:
        """Work waits, nothing runs: no worker serves the queue, or one that lives has gone deaf."""
        return self.running == 0 and (self.oldest_waiting_s or 0.0) > STUCK_AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformStatus:
    queues: list[QueueStatus]
    workers: list[WorkerStatus]
    quarantined: list[Job]
    quarantined_count: int
    storage_problem: str | None
    disk_free_bytes: int
    disk_total_bytes: int

    @property
    def disk_free_percent(self) -> int:
        return 100 * self.disk_free_bytes // self.disk_total_bytes

    @property
    def is_well(self) -> bool:
        return not (
            self.storage_problem or self.quarantined_count or any(queue.is_stuck for queue in self.queues)
        )


def platform_status() -> PlatformStatus:
    """What /status shows; needs the database."""
    workers = _workers()
    quarantined = Job.objects.quarantined().order_by("-finished_at")
    disk = shutil.disk_usage(settings.DATA_DIR)
    return PlatformStatus(
        queues=_queues(workers),
        workers=workers,
        quarantined=list(quarantined[:SHOWN_QUARANTINED]),
        quarantined_count=quarantined.count(),
        storage_problem=storage_problem(),
        disk_free_bytes=disk.free,
        disk_total_bytes=disk.total,
    )


def machine_health() -> tuple[bool, dict[str, Any]]:
    """Whether this process can take recordings, and why not; names no secret, needs no login."""
    database = "ok" if _database_answers() else "away"
    storage = storage_problem()
    well = database == "ok" and storage is None
    return well, {
        "status": "ok" if well else "unwell",
        "database": database,
        "storage": "ok" if storage is None else "away",
    }


def storage_problem() -> str | None:
    """None, or a sentence; asked from the store at most every ten seconds, since anybody may ask /healthz."""
    global _last_probe
    now_s = time.monotonic()
    if _last_probe is None or now_s - _last_probe[0] > PROBE_KEPT_S:
        _last_probe = (now_s, _probe())
    return _last_probe[1]


def _probe() -> str | None:
    try:
        probe_store(object_store())
    except (RetryLater, Broken) as error:
        return str(error)
    return None


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except DatabaseFault:
        return False


def _workers() -> list[WorkerStatus]:
    now = timezone.now()
    rows = Job.objects.filter(kind=WORKER_KIND, finished_at__isnull=False).order_by("-finished_at")[:50]
    return [
        WorkerStatus(
            name=row.subject_key,
            queues=row.payload.get("queues", []),
            last_seen=row.finished_at,
            is_alive=(now - row.finished_at).total_seconds() < WORKER_SILENT_AFTER_S,
        )
        for row in rows
        if row.finished_at is not None
    ]


def _queues(workers: list[WorkerStatus]) -> list[QueueStatus]:
    oldest = Job.objects.oldest_waiting()
    now = timezone.now()
    return [
        QueueStatus(
            name=name,
            queued=by_state[JobState.QUEUED],
            running=by_state[JobState.RUNNING],
            done=by_state[JobState.DONE],
            quarantined=by_state[JobState.QUARANTINED],
            oldest_waiting_s=(now - oldest[name]).total_seconds() if name in oldest else None,
            has_worker=any(worker.is_alive and name in worker.queues for worker in workers),
        )
        for name, by_state in Job.objects.counts().items()
    ]
