"""A worker killed in the middle of its takes leaves each one separated and scored exactly once."""

from pathlib import Path

from tests.scoring.platform import ScoringPlatform


def test_every_take_is_scored_exactly_once_on_the_embedded_broker(
    tmp_path: Path, bundle_folder: Path
) -> None:
    platform = ScoringPlatform(tmp_path)
    try:
        platform.kill_in_the_middle_and_count(jobs=50, bundles=bundle_folder)
    finally:
        platform.kill_workers()
