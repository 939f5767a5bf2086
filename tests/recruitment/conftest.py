"""A provider that answers on this machine, for every test of recruitment that asks for one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.recruitment.efforts import channel as channel  # the fixture of a provider under control
from tests.recruitment.prolific_server import TOKEN, FakeProlific, running_prolific


@pytest.fixture
def prolific(settings: Any) -> Iterator[FakeProlific]:
    with running_prolific() as provider:
        settings.PROLIFIC_TOKEN, settings.PROLIFIC_URL = TOKEN, provider.url
        yield provider
