"""A small platform of processes for tests: a database, a broker, and a worker that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.supervisor import worker_command

ROOT = Path(__file__).resolve().parents[2]


class CountingPlatform:
    """`folder` holds its data; the addresses choose the database and the broker."""

    def __init__(self, folder: Path, *, database_url: str = "", broker_url: str = "") -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.counting.settings",
            "REALM_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": broker_url,
            "OBJECT_STORE_URL": "",
        }
        self.workers: list[subprocess.Popen[bytes]] = []
        self.run("manage.py", "migrate", "-v0")

    def run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def enqueue(self, count: int) -> None:
        self.run("-m", "tests.counting", "enqueue", str(count))

    def states(self) -> dict[str, int]:
        return dict(json.loads(self.run("-m", "tests.counting", "states").splitlines()[-1]))

    def start_worker(self) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                worker_command(name="counting", queues="cpu"),
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)

    def kill_workers(self) -> None:
        """All processes at once, as a power cut does."""
        for worker in self.workers:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        self.workers.clear()

    def starts(self) -> int:
        note = self.folder / "starts"
        return len(note.read_text().splitlines()) if note.exists() else 0

    def effects(self) -> set[str]:
        return {path.name for path in (self.folder / "objects" / "objects" / "effects").glob("*")}

    def wait_until(self, reached: Callable[[], bool], *, within_s: float = 240) -> None:
        deadline_s = time.monotonic() + within_s
        while not reached():
            log = (self.folder / "worker.log").read_text()[-3000:]
            assert time.monotonic() < deadline_s, f"{self.states()} after {within_s} s\n{log}"
            time.sleep(0.2)

    def kill_in_the_middle_and_finish(self, count: int) -> None:
        """Every job ends done with its effect there, although the worker died while it ran one."""
        self.enqueue(count)
        self.start_worker()
        self.wait_until(lambda: self.starts() >= count // 4)
        self.kill_workers()
        assert self.states().get("done", 0) < count
        self.start_worker()
        self.wait_until(lambda: self.effects() == {str(number) for number in range(count)})
        self.wait_until(lambda: self.states() == {"done": count})
        # One job was in hand when the worker was killed: it may have started again, no other.
        assert count <= self.starts() <= count + 1
