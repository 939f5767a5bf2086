"""Listeners of Prolific come with their submission, and go back with a code when everything is rated."""

from typing import Any

import pytest
from django.test import Client

from evaluation.listening.models import Study
from recruitment.models import Effort, Participant, Submission, WorkStamp
from recruitment.services.stamps import show_stamp
from tests.listening.studies import let_time_pass, make_study
from tests.recruitment.prolific_people import COMPLETED, NO_CONSENT, SCREENED_OUT, STUDY, parameters

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    study = make_study(estimates=((8.0, 6.0),))
    codes = {"completed_code": COMPLETED, "screened_out_code": SCREENED_OUT, "no_consent_code": NO_CONSENT}
    Effort.objects.filter(pk=study.effort_id).update(
        channel="prolific", channel_settings={"study_id": STUDY} | codes
    )
    return study


def arrive(client: Client, study: Study) -> Any:
    return client.get(f"/s/{study.slug}/", parameters(1))


def agree(client: Client, study: Study) -> Any:
    return client.post(f"/s/{study.slug}/", {"consent": "yes"})


def rate_everything(client: Client, study: Study) -> None:
    shown = client.get(f"/s/{study.slug}/next").context["trial"].public_id
    let_time_pass(participant=Participant.objects.latest("pk"))
    answer = client.post(f"/s/{study.slug}/rate", {"trial": shown, "score": 4, "played": [0, 1, 2]})
    assert answer.json()["state"] == "rated"


def test_a_listener_arrives_rates_and_finds_the_completion_link(client: Client, study: Study) -> None:
    assert (arrive(client, study).status_code, arrive(client, study)["Location"]) == (
        303,
        f"/s/{study.slug}/",
    )
    assert agree(client, study)["Location"] == f"/s/{study.slug}/next"
    finished = f"/s/{study.slug}/finished"
    assert f"cc={COMPLETED}" not in client.get(finished).content.decode()
    rate_everything(client, study)
    text = client.get(finished).content.decode()
    assert f"https://app.prolific.com/submissions/complete?cc={COMPLETED}" in text
    assert show_stamp(stamp=WorkStamp.objects.get()) in text
    assert Submission.objects.get().participant == Participant.objects.latest("pk")


def test_another_browser_of_the_same_listener_goes_on_with_the_ratings(client: Client, study: Study) -> None:
    arrive(client, study)
    agree(client, study)
    rate_everything(client, study)
    other = Client()
    arrive(other, study)
    assert f"cc={COMPLETED}" in other.get(f"/s/{study.slug}/finished").content.decode()


def test_a_study_that_closes_in_between_sends_listeners_back_with_the_other_code(
    client: Client, study: Study
) -> None:
    arrive(client, study)
    agree(client, study)
    Study.objects.update(state=Study.State.CLOSED)
    assert f"cc={SCREENED_OUT}" in client.get(f"/s/{study.slug}/finished").content.decode()


def test_who_does_not_agree_and_who_did_not_come_by_prolific_are_told_so(
    client: Client, study: Study
) -> None:
    assert client.get(f"/s/{study.slug}/").status_code == 403
    assert agree(client, study).status_code == 403
    arrive(client, study)
    assert f"cc={NO_CONSENT}" in client.get(f"/s/{study.slug}/").content.decode()


def test_who_comes_too_late_finds_the_way_back_at_once(client: Client, study: Study) -> None:
    Study.objects.update(state=Study.State.CLOSED)
    arrive(client, study)
    assert f"cc={SCREENED_OUT}" in client.get(f"/s/{study.slug}/").content.decode()


def test_a_listener_who_came_by_a_plain_link_is_told_where_the_stamp_goes(
    client: Client, study: Study
) -> None:
    Effort.objects.filter(pk=study.effort_id).update(channel="csv", channel_settings={})
    agree(client, study)
    finished = f"/s/{study.slug}/finished"
    assert "The way back" not in client.get(finished).content.decode()
    rate_everything(client, study)
    text = client.get(finished).content.decode()
    assert "Copy your work stamps into the task on the platform" in text
    assert "close this page" not in text
