"""A campaign for every test of releases."""

import pytest

from collection.models import Campaign
from tests.factories import make_campaign


@pytest.fixture
def campaign(db: None) -> Campaign:
    return make_campaign(slug="demo", title="Demo")
