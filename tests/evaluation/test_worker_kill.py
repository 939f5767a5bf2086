"""A worker killed in the middle of its takes leaves each one separated and scored exactly once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scoring.platform import ScoringPlatform

JOBS = 50
TAKES = JOBS // 2  # one separation and one estimate each


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[ScoringPlatform]:
    platform = ScoringPlatform(tmp_path)
    yield platform
    platform.kill_workers()


def test_every_take_is_scored_exactly_once_though_the_worker_was_killed(
    platform: ScoringPlatform, bundle_folder: Path
) -> None:
    platform.prepare(TAKES, bundles=bundle_folder)
    platform.start_worker()
    platform.wait_until(lambda: platform.separated() >= TAKES // 3)
    assert platform.model_processes()
    platform.kill_workers()
    assert platform.report()["estimates"] < 2 * TAKES
    platform.wait_until(lambda: not platform.model_processes())
    platform.start_worker()
    platform.wait_until(lambda: platform.states() == {"done": JOBS})
    finished = platform.report()
    assert finished["per_take"] == [[1, 2, 2]] and finished["separations"] == TAKES
    assert finished["objects_without_row"] == finished["rows_without_object"] == 0
