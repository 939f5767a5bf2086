"""On RabbitMQ and PostgreSQL, too, a killed worker leaves each take separated and scored exactly once."""

from pathlib import Path

import pytest

from tests.evaluation.conftest import bundle_folder  # noqa: F401 - a fixture
from tests.scoring.platform import ScoringPlatform
from tests.services.test_brokers import own_database  # noqa: F401 - a fixture

pytestmark = pytest.mark.services


def test_every_take_is_scored_exactly_once_on_rabbitmq(
    tmp_path: Path,
    own_database: str,  # noqa: F811
    rabbitmq_url: str,
    bundle_folder: Path,  # noqa: F811
) -> None:
    platform = ScoringPlatform(tmp_path, database_url=own_database, broker_url=rabbitmq_url)
    try:
        platform.kill_in_the_middle_and_count(jobs=50, bundles=bundle_folder)
    finally:
        platform.kill_workers()
