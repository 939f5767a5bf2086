"""People of Prolific arrive with their ids in the address, and the address is exchanged before anything is shown."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from recruitment.models import Participant, Submission
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from tests.factories import make_user
from tests.recruitment.prolific_people import (
    agree,
    make_prolific_campaign,
    make_prolific_effort,
    parameters,
    reference,
    work_as,
    worker_id,
)
from tests.recruitment.works import make_stamp

pytestmark = pytest.mark.django_db


def arrive(client: Client, campaign: Any, person: int = 1, session: int | None = None) -> Any:
    return client.get(f"/c/{campaign.slug}/", parameters(person, session))


def test_the_address_is_exchanged_for_a_clean_one_at_once(client: Client) -> None:
    campaign = make_prolific_campaign()
    answer = arrive(client, campaign)
    assert (answer.status_code, answer["Location"]) == (303, f"/c/{campaign.slug}/")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert Submission.objects.get().state == Submission.State.ENTERED
    sessions = "".join(str(row.get_decoded()) for row in Session.objects.all())
    assert worker_id(1) not in sessions
    assert reference(1) not in sessions


def test_who_agrees_is_bound_to_the_submission_they_came_with(client: Client) -> None:
    campaign = make_prolific_campaign()
    arrive(client, campaign)
    assert agree(client, campaign)["Location"] == f"/c/{campaign.slug}/record"
    submission = Submission.objects.get()
    assert submission.participant == Participant.objects.get()
    assert submission.participant.provider_pseudonym == submission.worker_digest


def test_the_same_person_goes_on_in_another_browser_with_the_same_stamps(client: Client) -> None:
    campaign = make_prolific_campaign(units_wanted=2)
    arrive(client, campaign)
    agree(client, campaign)
    other = Client()
    arrive(other, campaign)
    first, second = (browser.get(f"/c/{campaign.slug}/receipt") for browser in (client, other))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.context["participation"] == second.context["participation"]
    assert Participant.objects.count() == 1


def test_somebody_else_on_the_same_computer_begins_anew(client: Client) -> None:
    campaign = make_prolific_campaign()
    arrive(client, campaign, person=1)
    agree(client, campaign)
    arrive(client, campaign, person=2)
    assert client.get(f"/c/{campaign.slug}/receipt")["Location"] == f"/c/{campaign.slug}/begin"
    agree(client, campaign)
    assert Participant.objects.count() == 2


def test_a_second_submission_of_somebody_who_finished_gets_a_kind_page(client: Client) -> None:
    campaign = make_prolific_campaign()
    work_as(1, effort=campaign.effort)
    answer = arrive(client, campaign, person=1, session=2)
    assert answer.status_code == 409
    assert b"Each person takes part once" in answer.content
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("units", [0, 1])
def test_who_returned_their_first_submission_goes_on_with_a_second(client: Client, units: int) -> None:
    campaign = make_prolific_campaign()
    first = work_as(1, effort=campaign.effort, units=units)
    Submission.objects.filter(pk=first.pk).update(state=Submission.State.RETURNED)
    assert arrive(client, campaign, person=1, session=2).status_code == 303
    second = Submission.objects.exclude(pk=first.pk).get()
    assert second.participant == first.participant


def test_somebody_elses_submission_cannot_be_entered(client: Client) -> None:
    campaign = make_prolific_campaign()
    arrive(client, campaign, person=1, session=1)
    assert arrive(Client(), campaign, person=2, session=1).status_code == 409


def test_who_has_withdrawn_is_thanked_and_not_let_in_again(client: Client) -> None:
    campaign = make_prolific_campaign()
    submission = work_as(1, effort=campaign.effort, units=0)
    assert submission.participant is not None
    withdraw(code=show_withdrawal_code(participant=submission.participant))
    assert arrive(client, campaign).status_code == 410
    assert agree(client, campaign).status_code == 410


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SESSION_ID": ""}, "lacks SESSION_ID"),
        ({"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}, "placeholders"),
        ({"PROLIFIC_PID": "<script>alert(1)"}, "cannot be"),
        ({"STUDY_ID": "5f0000000000000000000b02"}, "another study"),
    ],
)
def test_a_broken_address_is_explained_without_repeating_it(
    client: Client, change: dict[str, str], words: str
) -> None:
    campaign = make_prolific_campaign()
    answer = client.get(f"/c/{campaign.slug}/", parameters(1) | change)
    assert answer.status_code == 403
    assert words in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert worker_id(1) not in answer.content.decode()
    assert not Submission.objects.exists()


def test_without_an_address_of_prolific_nobody_can_begin(client: Client) -> None:
    campaign = make_prolific_campaign()
    assert b"Start with the questionnaire" not in client.get(f"/c/{campaign.slug}/").content
    assert client.get(f"/c/{campaign.slug}/begin").status_code == 403
    assert agree(client, campaign).status_code == 403
    assert not Participant.objects.exists()


def test_staff_may_try_the_whole_way_without_a_submission(client: Client) -> None:
    campaign = make_prolific_campaign()
    client.force_login(make_user())
    assert agree(client, campaign)["Location"] == f"/c/{campaign.slug}/record"
    assert not Submission.objects.exists()


def test_the_ids_of_one_person_look_unrelated_in_two_efforts() -> None:
    one, other = (work_as(1, effort=make_prolific_effort()) for _ in range(2))
    assert one.worker_digest != other.worker_digest
    assert one.reference_digest != other.reference_digest


def test_prolific_people_stop_when_they_have_done_what_they_are_paid_for(client: Client) -> None:
    campaign = make_prolific_campaign(units_wanted=2)
    arrive(client, campaign)
    agree(client, campaign)
    participant = Participant.objects.get()
    make_stamp(participant=participant)
    assert client.post(f"/c/{campaign.slug}/record")["Location"] == f"/c/{campaign.slug}/record"
    make_stamp(participant=participant)
    assert client.post(f"/c/{campaign.slug}/record")["Location"] == f"/c/{campaign.slug}/finished"


def test_volunteers_of_an_open_link_go_on_as_long_as_they_like(client: Client) -> None:
    campaign = make_prolific_campaign(channel="open", channel_settings={})
    agree(client, campaign)
    participant = Participant.objects.get()
    make_stamp(participant=participant)
    Submission.objects.create(effort=campaign.effort, participant=participant)  # of our own books
    assert client.post(f"/c/{campaign.slug}/record")["Location"] == f"/c/{campaign.slug}/record"
    assert b"The way back" not in client.get(f"/c/{campaign.slug}/receipt").content
