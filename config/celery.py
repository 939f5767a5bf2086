"""The Celery app: one task for each queue, timers in every worker, and a worker's own checks at its start."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery, bootsteps

from core.errors import RetryLater
from core.queues import JobQueue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
logger = logging.getLogger(__name__)

app = Celery("realm", set_as_current=True)
app.config_from_object("config.celery_settings")


def declare_queue_task(queue: str) -> None:
    """The task of one queue: it gets the id of a row and runs that row, if it still waits."""
    # Training takes hours: RabbitMQ and Redis take a message unacknowledged for that long for lost.
    acks_late = queue != JobQueue.TRAINING

    def run(task: Any, job_id: int) -> None:
        from core.runner import run_job  # models, which exist only after django.setup()

        try:
            run_job(job_id=job_id, worker=task.request.hostname or "worker")
        except RetryLater as wait:
            logger.info("Job %s waits: %s", job_id, wait)

    app.task(run, name=f"realm.{queue}", bind=True, acks_late=acks_late)


for _queue in JobQueue.values:
    declare_queue_task(_queue)


class RealmWorkerStep(bootsteps.StartStopStep):  # type: ignore[misc]
    """What each worker does besides taking messages."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **_options: Any) -> None:
        self.queues = sorted(worker.app.amqp.queues.consume_from)
        check_concurrency(queues=self.queues, concurrency=worker.concurrency)

    def start(self, worker: Any) -> None:
        from core.timers import TimerThread
        from core.work_folders import clear_left_folders

        clear_left_folders()
        self.timers = TimerThread(worker.hostname, queues=self.queues)
        self.timers.start()

    def stop(self, worker: Any) -> None:
        self.timers.stop()


def check_concurrency(*, queues: list[str], concurrency: int) -> None:
    """Two processes on one GPU would each load the models, and one would run out of memory."""
    if JobQueue.GPU in queues and concurrency != 1:
        raise SystemExit(
            f"This worker serves the queue gpu with --concurrency {concurrency}: "
            "use 1 (start one worker for each GPU)."
        )


app.steps["worker"].add(RealmWorkerStep)
