"""Takes that wait, and a worker that separates and scores them until it is killed."""

import json
import subprocess
from pathlib import Path
from typing import Any

from config.supervisor import worker_command
from tests.counting.platform import ROOT, CountingPlatform


class ScoringPlatform(CountingPlatform):
    """`folder` holds its data; the addresses choose the database and the broker."""

    def __init__(self, folder: Path, *, database_url: str = "", broker_url: str = "") -> None:
        super().__init__(folder, database_url=database_url, broker_url=broker_url)
        self.environment["DJANGO_SETTINGS_MODULE"] = "tests.scoring.settings"

    def prepare(self, takes: int, *, bundles: Path) -> None:
        self.run("-m", "tests.scoring", "prepare", str(takes), str(bundles))

    def report(self) -> dict[str, Any]:
        return dict(json.loads(self.run("-m", "tests.scoring", "report").splitlines()[-1]))

    def states(self) -> dict[str, int]:
        return dict(self.report()["jobs"])

    def start_worker(self) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                worker_command(name="scoring", queues="gpu"),
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)

    def kill_in_the_middle_and_count(self, *, jobs: int, bundles: Path) -> None:
        """A separation and an estimate for each take: all there once, although the worker died in between."""
        takes = jobs // 2
        self.prepare(takes, bundles=bundles)
        self.start_worker()
        self.wait_until(lambda: self.separated() >= takes // 3)
        assert self.model_processes()
        self.kill_workers()
        assert self.report()["estimates"] < 2 * takes
        self.wait_until(lambda: not self.model_processes())
        self.start_worker()
        self.wait_until(lambda: self.states() == {"done": jobs})
        finished = self.report()
        assert finished["per_take"] == [[1, 2, 2]] and finished["separations"] == takes
        assert finished["objects_without_row"] == finished["rows_without_object"] == 0

    def model_processes(self) -> list[int]:
        """Those of `python -m modeling serve` that belong to this platform, found by their environment."""
        mine = f"REALM_DATA_DIR={self.folder}".encode()
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_server(folder, mine)]

    def separated(self) -> int:
        """Takes whose last stem is stored; asks no database, so that it may be asked often."""
        return len(list((self.folder / "objects" / "objects" / "stems").glob("*/*/2.png")))


def _is_server(folder: Path, environment: bytes) -> bool:
    try:
        command = (folder / "cmdline").read_bytes()
        return b"\0serve\0" in command and environment in (folder / "environ").read_bytes()
    except OSError:
        return False
