"""One machine: start the web server and the workers together, stop them together (python -m config.supervisor)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from config.environment import BadEnvironment, env_int, env_str

GRACE_S = 10.0  # a worker that polls a folder may overlook a polite request; its rows make killing it safe
POLL_S = 0.2
WEB_PROCESSES = 2
WEB_THREADS = 4
HIGHEST_PORT = 65535
DEFAULT_DATA_FOLDER = Path(__file__).resolve().parent.parent / "var"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    name: str
    command: Sequence[str]
    niceness: int = 0


@dataclass(slots=True, kw_only=True)
class Child:
    program: Program
    process: subprocess.Popen[bytes]


def programs(*, host: str, port: int) -> list[Program]:
    """The worker for models has one process, since one set of models fits; training has a worker of its own.

    A single worker for all three queues would let one training run of hours hold up every separation.
    """
    return [
        Program(name="web server", command=web_command(host=host, port=port)),
        # Nice, so that scoring never slows down a recording.
        Program(name="worker", command=worker_command(name="worker", queues="cpu,gpu"), niceness=10),
        Program(
            name="training worker", command=worker_command(name="training", queues="training"), niceness=19
        ),
    ]


def web_command(*, host: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
        *("--bind", f"{host}:{port}"),
        *("--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)),
        *("--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning"),
    ]


def worker_command(*, name: str, queues: str) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker"),
        *("--hostname", f"{name}@%h", "--queues", queues, "--concurrency", "1"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"),
    ]


def require_free_port(*, host: str, port: int) -> None:
    """Before anything is started: half a platform is worse than none."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadEnvironment(
                f"Port {port} on {host} cannot be used ({error.strerror}): "
                f"stop the program that has it, or choose another port, such as PORT={port + 1} make run."
            ) from error


def lock_data_folder(folder: Path) -> IO[str]:
    """One supervisor for each data folder: two would run workers of the same name on one queue."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "supervisor.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise BadEnvironment(
            f"Realm already runs on the data folder {folder}: stop it first, "
            "or give this one a folder of its own with REALM_DATA_DIR."
        ) from error
    return lock


def start(program: Program) -> Child:
    """In a session of its own: Ctrl-C in the terminal then reaches only the supervisor, which stops in order."""
    process = subprocess.Popen(program.command, start_new_session=True)
    if program.niceness:
        lower_priority(process, niceness=program.niceness)
    return Child(program=program, process=process)


def lower_priority(process: subprocess.Popen[bytes], *, niceness: int) -> None:
    """Linux shares the processor between sessions first, and niceness counts only inside one; so both."""
    os.setpriority(os.PRIO_PGRP, process.pid, niceness)
    with contextlib.suppress(OSError):  # only where the kernel groups by session
        Path(f"/proc/{process.pid}/autogroup").write_text(str(niceness))


def first_dead(children: Sequence[Child]) -> Child | None:
    return next((child for child in children if child.process.poll() is not None), None)


def stop(children: Sequence[Child]) -> None:
    """Politely, so that what runs may finish; then by force, each with all processes that it started."""
    for child in children:
        child.process.terminate()
    deadline_s = time.monotonic() + GRACE_S
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(0.0, deadline_s - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


class StopRequested(Exception):  # noqa: N818 - no error: somebody asked
    """Ctrl-C, or a service manager that ends us."""


def _request_stop(number: int, frame: FrameType | None) -> None:
    raise StopRequested


def supervise(wanted: Sequence[Program]) -> int:
    """Run until somebody stops us (0) or a program ends by itself (1)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _request_stop)
    children: list[Child] = []
    try:
        for program in wanted:
            children.append(start(program))  # noqa: PERF401 - a signal in between must find those started
        while (dead := first_dead(children)) is None:
            time.sleep(POLL_S)
        print(
            f"The {dead.program.name} ended by itself (exit status {dead.process.returncode}); "
            "its reason stands above. Stopping the rest.",
            file=sys.stderr,
        )
        return 1
    except StopRequested:
        print("\nStopping ...", flush=True)
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stop(children)


def welcome(site: str) -> str:
    """Where to click."""
    return (
        f"\nRealm runs at {site}/ (Ctrl-C stops it)\n"
        f"  record with someone  {site}/c/demo/\n"
        f"  staff login          {site}/login/   user admin; the password was printed when it was made,\n"
        "                       .venv/bin/python manage.py ensure_admin --reset prints a new one\n"
        f"  platform status      {site}/status\n"
    )


def main() -> int:
    try:
        host = env_str("REALM_HOST", "127.0.0.1")
        port = env_int("PORT", 8000, minimum=1)
        if port > HIGHEST_PORT:
            raise BadEnvironment(f"PORT={port} is no port: use a number from 1 to {HIGHEST_PORT}.")
        require_free_port(host=host, port=port)
        data_lock = lock_data_folder(Path(env_str("REALM_DATA_DIR", str(DEFAULT_DATA_FOLDER))))
    except BadEnvironment as refusal:
        print(refusal, file=sys.stderr)
        return 2
    print(welcome(f"http://{host}:{port}"), flush=True)
    with data_lock:
        return supervise(programs(host=host, port=port))


if __name__ == "__main__":
    sys.exit(main())
