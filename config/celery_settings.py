"""How Celery delivers hints; nothing here decides whether work is lost, the Job rows do."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from kombu.entity import Exchange, Queue

from config import folder_broker
from config.environment import BadEnvironment
from core.queues import JobQueue

VISIBILITY_TIMEOUT_S = 3600
DELIVERY_LIMIT = 20  # RabbitMQ before 4.0 sets none: a message that kills its worker would come back for ever


def _folder_options() -> dict[str, Any]:
    messages, control = settings.DATA_DIR / "broker" / "messages", settings.DATA_DIR / "broker" / "control"
    for folder in (messages, control):
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "polling_interval": 0.1,
    }


def _transport_options(scheme: str) -> dict[str, Any]:
    if scheme == folder_broker.SCHEME:
        return _folder_options()
    if scheme in ("amqp", "amqps"):
        return {"confirm_publish": True, "max_retries": 1, "connect_timeout": 2}
    if scheme in ("redis", "rediss"):
        # kombu looks for lost messages every interval x throttle seconds.
        return {
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "unacked_restore_throttle": 1,
            "socket_timeout": 30,
        }
    if scheme == "memory":
        return {}
    raise BadEnvironment(
        f"CELERY_BROKER_URL starts with {scheme!r}: use amqp://, amqps://, redis:// or rediss://, "
        "or leave it empty for the embedded broker."
    )


def _queue(name: str, scheme: str) -> Queue:
    arguments: dict[str, Any] = {}
    if scheme.startswith("amqp"):
        arguments = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}
    exchange = Exchange(name, type="direct", durable=True)  # type: ignore[no-untyped-call]
    return Queue(name, exchange, routing_key=name, queue_arguments=arguments)  # type: ignore[no-untyped-call]


folder_broker.register()
broker_url = settings.CELERY_BROKER_URL or f"{folder_broker.SCHEME}://localhost/"
_scheme = urlsplit(broker_url).scheme
broker_transport_options = _transport_options(_scheme)
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # a worker waits for its broker as long as it takes
broker_connection_timeout = 2  # a page that enqueues must not wait for a broker that is away
task_publish_retry_policy = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}

task_queues = [_queue(name, _scheme) for name in JobQueue.values]
task_default_queue = JobQueue.CPU.value
task_default_exchange = JobQueue.CPU.value
task_default_routing_key = JobQueue.CPU.value
task_create_missing_queues = False
worker_detect_quorum_queues = True

task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
task_acks_on_failure = True
task_acks_on_timeout = True
task_track_started = False
worker_prefetch_multiplier = 1
worker_send_task_events = False
# Remote control needs a queue of its own for each worker, and /status shows what it would tell.
worker_enable_remote_control = False
worker_hijack_root_logger = False
worker_cancel_long_running_tasks_on_connection_loss = False
