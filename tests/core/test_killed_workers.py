"""A worker that is killed in the middle loses no job and doubles no effect (embedded broker and database)."""

from __future__ import annotations

from pathlib import Path

from tests.counting.platform import CountingPlatform


def test_a_killed_worker_loses_no_job_on_the_embedded_broker(tmp_path: Path) -> None:
    platform = CountingPlatform(tmp_path)
    try:
        platform.kill_in_the_middle_and_finish(50)
    finally:
        platform.kill_workers()


def test_hints_that_all_got_lost_are_repaired_by_the_sweep(tmp_path: Path) -> None:
    platform = CountingPlatform(tmp_path)
    try:
        platform.enqueue(5)
        for message in (tmp_path / "broker" / "messages").iterdir():
            message.unlink()
        platform.start_worker()
        platform.wait_until(lambda: platform.states() == {"done": 5})
    finally:
        platform.kill_workers()
