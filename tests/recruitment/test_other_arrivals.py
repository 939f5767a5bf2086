"""Addresses of other channels: Mechanical Turk's ids are exchanged as well, everything else is just a link."""

import pytest
from django.test import Client

from collection.models import Campaign
from recruitment.models import ProviderIdentity, Submission
from recruitment.services.identities import identity_of
from tests.factories import make_campaign, make_effort

pytestmark = pytest.mark.django_db

WORKER, ASSIGNMENT, HIT = "A1B2C3D4E5F6G7", "3ABCDEFGHIJKLMNOPQRSTUVWXYZ012", "3HITHITHITHITHITHITHITHITHIT01"


def campaign_on(channel: str) -> Campaign:
    effort = make_effort()
    effort.channel = channel
    effort.save()
    return make_campaign(effort=effort)


@pytest.mark.parametrize("hit", [{}, {"hitId": HIT}])
def test_a_worker_of_mechanical_turk_arrives_with_or_without_the_hit(
    client: Client, hit: dict[str, str]
) -> None:
    address = f"/c/{campaign_on('mturk').slug}/"
    answer = client.get(address, {"workerId": WORKER, "assignmentId": ASSIGNMENT} | hit)
    assert (answer.status_code, answer["Location"], answer["Referrer-Policy"]) == (
        303,
        address,
        "no-referrer",
    )
    known = identity_of(Submission.objects.get())
    assert (known.worker_id, known.reference, known.group) == (WORKER, ASSIGNMENT, hit.get("hitId", ""))


def test_a_preview_on_mechanical_turk_names_nobody(client: Client) -> None:
    address = f"/c/{campaign_on('mturk').slug}/"
    assert client.get(address, {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}).status_code == 200
    assert not Submission.objects.exists()


@pytest.mark.parametrize("channel", ["open", "mturk", "csv"])
def test_the_plain_link_lets_everybody_begin(client: Client, channel: str) -> None:
    slug = campaign_on(channel).slug
    assert b"Start with the questionnaire" in client.get(f"/c/{slug}/").content
    assert client.get(f"/c/{slug}/begin").status_code == 200


def test_an_open_link_takes_no_notice_of_ids_in_its_address(client: Client) -> None:
    address = f"/c/{campaign_on('open').slug}/"
    assert client.get(address, {"PROLIFIC_PID": "5a01", "utm_source": "letter"}).status_code == 200
    assert not ProviderIdentity.objects.exists()
