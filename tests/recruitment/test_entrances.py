"""An effort knows the address of its campaign or study without knowing what a campaign or a study is."""

import pytest

from recruitment.entrances import entrance_of
from tests.factories import make_campaign, make_effort
from tests.listening.studies import make_study

pytestmark = pytest.mark.django_db


def test_people_of_a_campaign_enter_at_its_page() -> None:
    campaign = make_campaign(slug="evening")
    assert entrance_of(effort=campaign.effort) == "/c/evening/"


def test_listeners_enter_at_their_study() -> None:
    study = make_study()
    assert entrance_of(effort=study.effort) == f"/s/{study.slug}/"


def test_an_effort_that_nothing_uses_has_no_entrance() -> None:
    assert entrance_of(effort=make_effort()) == ""
