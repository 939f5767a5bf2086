"""People who come by a plain link of a platform are told how much is wanted and where their stamps go."""

import pytest
from django.test import Client

from collection.models import Campaign, Participation
from recruitment.models import Effort
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from tests.factories import make_campaign, make_recording
from tests.recruitment.prolific_people import agree

pytestmark = pytest.mark.django_db
WHERE_TO = {"mturk": "into the field of the HIT", "csv": "into the task on the platform"}


def make_paid_campaign(channel: str) -> Campaign:
    campaign = make_campaign(prompts=6)
    Effort.objects.filter(pk=campaign.effort_id).update(channel=channel, units_wanted=2)
    campaign.refresh_from_db()
    return campaign


def record_one() -> None:
    recording = make_recording(participation=Participation.objects.get())
    participant = recording.participation.participant
    unit = record_finished_work(participant=participant, subject=recording.work_subject, evidence={})
    mint_stamp(work_unit=unit)


def page(client: Client, campaign: Campaign, name: str) -> str:
    return client.get(f"/c/{campaign.slug}/{name}").content.decode()


@pytest.mark.parametrize("channel", ["mturk", "csv"])
def test_the_receipt_and_the_last_page_say_what_to_do_with_the_stamps(client: Client, channel: str) -> None:
    campaign = make_paid_campaign(channel)
    agree(client, campaign)
    record_one()
    assert "1 of 2 done. Please go on." in page(client, campaign, "receipt")
    record_one()
    for name in ("receipt", "finished"):
        text = page(client, campaign, name)
        assert "All done, and everything is stored. Copy your work stamps" in text
        assert WHERE_TO[channel] in text


def test_who_finds_no_more_sentences_is_not_told_to_go_on(client: Client) -> None:
    campaign = make_paid_campaign("csv")
    agree(client, campaign)
    record_one()
    Campaign.objects.update(state=Campaign.State.CLOSED)
    text = page(client, campaign, "finished")
    assert "1 of 2 done, and there are no more sentences" in text and "Please go on" not in text


def test_nobody_is_asked_for_stamps_on_an_open_link(client: Client) -> None:
    campaign = make_paid_campaign("open")
    agree(client, campaign)
    record_one()
    assert "The way back" not in page(client, campaign, "receipt")
    assert "The way back" not in page(client, campaign, "finished")


@pytest.mark.parametrize(("channel", "is_said"), [("open", False), ("csv", True), ("prolific", True)])
def test_a_campaign_that_pays_says_that_voices_are_compared(
    client: Client, channel: str, is_said: bool
) -> None:
    text = page(client, make_paid_campaign(channel), "")
    assert "What happens to your voices" in text
    assert ("describes each voice by a few numbers" in text) == is_said
