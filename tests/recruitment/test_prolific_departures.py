"""The way back to Prolific: the right code for each outcome, and only when it is earned."""

import pytest
from django.test import Client

from recruitment.channels.contract import Departure
from recruitment.models import Effort, Submission
from recruitment.services.arrivals import departure_of, early_departure_of
from tests.recruitment.prolific_people import (
    COMPLETED,
    NO_CONSENT,
    SCREENED_OUT,
    agree,
    make_prolific_campaign,
    make_prolific_effort,
    parameters,
    work_as,
)
from tests.recruitment.works import make_stamp

pytestmark = pytest.mark.django_db

COMPLETION_LINK = f"https://app.prolific.com/submissions/complete?cc={COMPLETED}"


@pytest.fixture
def effort() -> Effort:
    return make_prolific_effort(units_wanted=2)


def departure_after(units: int, *, effort: Effort, has_more_work: bool = True) -> Departure:
    participant = work_as(units + 1, effort=effort, units=units).participant
    assert participant is not None
    return departure_of(participant=participant, has_more_work=has_more_work)


def test_the_completion_link_appears_with_the_last_unit_of_work(effort: Effort) -> None:
    unfinished, finished = departure_after(1, effort=effort), departure_after(2, effort=effort)
    assert (unfinished.link, unfinished.code) == ("", "")
    assert "1 of 2" in unfinished.sentence
    assert (finished.link, finished.code) == (COMPLETION_LINK, COMPLETED)


def test_who_cannot_finish_gets_another_code(effort: Effort) -> None:
    assert departure_after(1, effort=effort, has_more_work=False).code == SCREENED_OUT
    assert departure_after(2, effort=effort, has_more_work=False).code == COMPLETED


def test_who_does_not_agree_gets_a_third_code_on_the_consent_page(client: Client) -> None:
    campaign = make_prolific_campaign()
    client.get(f"/c/{campaign.slug}/", parameters(1))
    assert f"cc={NO_CONSENT}" in client.get(f"/c/{campaign.slug}/begin").content.decode()


def test_an_open_link_has_nobody_to_go_back_to() -> None:
    assert early_departure_of(effort=Effort(channel="open"), has_consented=False) is None


def test_without_codes_people_are_told_what_to_do_on_prolific(effort: Effort) -> None:
    effort.channel_settings = {}
    effort.save()
    departure = departure_after(2, effort=effort)
    assert departure.link == "https://app.prolific.com/submissions"
    assert "I have no code" in departure.sentence


def test_the_finished_page_and_the_receipt_show_link_and_code(client: Client) -> None:
    campaign = make_prolific_campaign()
    client.get(f"/c/{campaign.slug}/", parameters(1))
    agree(client, campaign)
    pages = (f"/c/{campaign.slug}/finished", f"/c/{campaign.slug}/receipt")
    assert not any(COMPLETED in client.get(page).content.decode() for page in pages)
    make_stamp(participant=Submission.objects.get().participant)
    for page in pages:
        text = client.get(page).content.decode()
        assert f'href="{COMPLETION_LINK}"' in text
        assert f">{COMPLETED}</span>" in text


def test_a_campaign_that_closed_in_between_sends_people_back_with_the_other_code(client: Client) -> None:
    campaign = make_prolific_campaign()
    client.get(f"/c/{campaign.slug}/", parameters(1))
    agree(client, campaign)
    campaign.state = campaign.State.CLOSED
    campaign.save()
    assert f"cc={SCREENED_OUT}" in client.get(f"/c/{campaign.slug}/finished").content.decode()


def test_who_comes_when_the_campaign_has_closed_finds_the_way_back_at_once(client: Client) -> None:
    campaign = make_prolific_campaign()
    campaign.state = campaign.State.CLOSED
    campaign.save()
    address = f"/c/{campaign.slug}/"
    assert "cc=" not in client.get(address).content.decode()
    client.get(address, parameters(1))
    assert f"cc={SCREENED_OUT}" in client.get(address).content.decode()
