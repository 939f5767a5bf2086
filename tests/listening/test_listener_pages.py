"""Listeners without an account: begin, hear, rate, come back, finish."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.listening.models import Rating, Study
from evaluation.listening.services.studies import close_study
from recruitment.models import Participant
from tests.listening.studies import let_time_pass, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(estimates=[(1.0, 1.0)] * 2)


def begin(client: Client, study: Study) -> Participant:
    answer = client.post(reverse("listen-begin", args=[study.slug]), {"consent": "yes"})
    assert answer.headers["Location"] == reverse("listen-next", args=[study.slug])
    return study.effort.participants.latest("id")


def shown_trial(client: Client, study: Study) -> str:
    response = client.get(reverse("listen-next", args=[study.slug]))
    return str(response.context["trial"].public_id)


def vote(client: Client, study: Study, shown: str, **fields: Any) -> Any:
    data = {"trial": shown, "score": 4, "played": [0, 1, 2], **fields}
    return client.post(reverse("listen-rate", args=[study.slug]), data)


def test_a_listener_agrees_hears_rates_and_is_thanked_with_a_code(client: Client, study: Study) -> None:
    listener = begin(client, study)
    for number in ("1 of 2", "2 of 2"):
        page = client.get(reverse("listen-next", args=[study.slug]))
        assert number in page.content.decode()
        let_time_pass(participant=listener)
        answer = vote(client, study, shown_trial(client, study)).json()
        assert (answer["state"], answer["next"]) == ("rated", reverse("listen-next", args=[study.slug]))
    page = client.get(reverse("listen-next", args=[study.slug]), follow=True)
    assert page.redirect_chain[-1][0] == reverse("listen-finished", args=[study.slug])
    assert "You rated 2 recordings" in page.content.decode()
    assert len(page.context["withdrawal_code"]) == 21
    assert Rating.objects.filter(participant=listener).count() == 2


def test_without_the_tick_nobody_begins(client: Client, study: Study) -> None:
    answer = client.post(reverse("listen-begin", args=[study.slug]))
    assert answer.status_code == 400
    assert "agreed to the consent text" in answer.content.decode()
    assert not study.effort.participants.exists()


def test_a_reload_and_the_link_itself_lead_back_to_the_same_trial(client: Client, study: Study) -> None:
    begin(client, study)
    first = shown_trial(client, study)
    page = client.get(reverse("listen-begin", args=[study.slug]), follow=True)
    assert str(page.context["trial"].public_id) == first
    assert study.effort.participants.count() == 1


def test_a_refused_vote_says_why_and_that_it_can_be_mended(client: Client, study: Study) -> None:
    begin(client, study)
    answer = vote(client, study, shown_trial(client, study))
    assert answer.status_code == 400
    assert answer.json()["code"] == "rated_too_soon"
    assert answer.json()["final"] is False


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"score": ""}, "not_a_number"),
        ({"score": "4.5"}, "not_a_number"),
        ({"score": "9" * 5000}, "not_a_number"),
        ({"score": 6}, "score_off_scale"),
        ({"played": [0]}, "not_played"),
        ({"played": ["all"]}, "not_a_number"),
        ({"trial": "7"}, "not_presented"),
    ],
)
def test_bad_votes_are_refused_in_words(client: Client, study: Study, fields: Any, code: str) -> None:
    listener = begin(client, study)
    trial = shown_trial(client, study)
    let_time_pass(participant=listener)
    answer = vote(client, study, trial, **fields)
    assert answer.json()["code"] == code
    assert answer.json()["message"].endswith(".")
    assert not Rating.objects.exists()


def test_another_browser_cannot_rate_or_hear_for_this_listener(client: Client, study: Study) -> None:
    listener = begin(client, study)
    trial = shown_trial(client, study)
    let_time_pass(participant=listener)
    sound = reverse("listen-signal", args=[study.slug, trial, 0])
    assert client.get(sound).status_code == 200
    stranger, other = Client(), Client()
    begin(other, study)
    for browser in (stranger, other):
        assert vote(browser, study, trial).status_code == 404
        assert browser.get(sound).status_code == 404
    assert not Rating.objects.exists()


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_a_study_that_is_not_open_says_so_kindly(client: Client, study: Study, state: str) -> None:
    Study.objects.update(state=state)
    answer = client.get(reverse("listen-begin", args=[study.slug]))
    assert answer.status_code == 403
    assert "listening study has" in answer.content.decode()
    assert client.post(reverse("listen-begin", args=[study.slug]), {"consent": "yes"}).status_code == 403


def test_a_study_that_closes_thanks_whoever_is_in_it(client: Client, study: Study) -> None:
    begin(client, study)
    trial = shown_trial(client, study)
    close_study(study=study, actor=study.created_by)
    assert vote(client, study, trial).json()["code"] == "study_closed"
    page = client.get(reverse("listen-next", args=[study.slug]), follow=True)
    assert "has ended and takes no more ratings" in page.content.decode()


def test_an_unknown_link_leads_nowhere(client: Client) -> None:
    assert client.get(reverse("listen-begin", args=["no-such-study"])).status_code == 404
