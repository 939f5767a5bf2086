"""Paid people are told to stop, and where to go, once the units they are paid for are done."""

import pytest
from django.test import Client

from collection.models import Assignment, Participation
from collection.services.uploads import earn_stamp
from core.storage import ObjectStore
from tests.factories import make_assignment, make_recording
from tests.recruitment.prolific_people import COMPLETED, agree, make_prolific_campaign, parameters

pytestmark = pytest.mark.django_db


def record_one() -> None:
    participation = Participation.objects.get()
    waiting = participation.assignments.waiting_for_a_take().first()
    assignment = waiting or make_assignment(participation=participation)
    Assignment.objects.filter(pk=assignment.pk).update(state=Assignment.State.RECORDED)
    assignment.refresh_from_db()
    earn_stamp(make_recording(assignment=assignment))


def test_the_departure_stands_beside_the_last_stamp_and_not_before(
    client: Client, store: ObjectStore
) -> None:
    campaign = make_prolific_campaign(units_wanted=2)
    client.get(f"/c/{campaign.slug}/", parameters(1))
    agree(client, campaign)
    client.get(f"/c/{campaign.slug}/record")
    record_one()
    first = client.get(f"/c/{campaign.slug}/record").content.decode()
    assert COMPLETED not in first and ">Go on</button>" in first
    record_one()
    last = client.get(f"/c/{campaign.slug}/record").content.decode()
    assert COMPLETED in last and ">To the end</button>" in last
    assert 'class="button quiet" data-main' in last
