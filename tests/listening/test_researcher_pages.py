"""Researchers pick, share, read and export; whoever is not one does not learn that studies exist."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from evaluation.listening.models import Study
from tests.factories import make_user
from tests.listening.studies import make_bundle, make_listener, make_rating, make_separation, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(role=Role.RESEARCHER))
    return client


def text_of(client: Client, name: str, *arguments: object) -> str:
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    return response.content.decode()


def test_a_study_is_made_from_the_form_and_says_how_its_recordings_were_picked(researcher: Client) -> None:
    bundle = make_bundle()
    for _ in range(3):
        make_separation(bundle=bundle)
    answers = {"title": "Pilot", "instructions": "Rate.", "separator": bundle.pk}
    answers |= {"review_state": "waiting", "how_many": 2, "seed": 17}
    page = researcher.post(reverse("study-new"), answers, follow=True)
    study = Study.objects.get()
    assert study.trials.count() == 2
    assert "2 at random, review state waiting, seed 17" in page.content.decode()
    assert study.selection["bundle"] == bundle.digest


def test_too_many_recordings_are_refused_at_their_field(researcher: Client) -> None:
    bundle = make_bundle()
    make_separation(bundle=bundle)
    answers = {"title": "T", "instructions": "I", "separator": bundle.pk}
    answers |= {"review_state": "any", "how_many": 2, "seed": 1}
    response = researcher.post(reverse("study-new"), answers)
    assert response.status_code == 400
    assert "Choose 1 to 1." in response.context["form"].errors["how_many"][0]
    assert not Study.objects.exists()


def test_the_counts_of_what_can_be_picked_are_shown(researcher: Client) -> None:
    bundle = make_bundle()
    make_separation(bundle=bundle)
    page = researcher.get(reverse("study-new"))
    assert [(line.bundle, line.waiting, line.total) for line in page.context["available"]] == [(bundle, 1, 1)]


def test_the_study_page_shows_link_plot_models_and_intervals(researcher: Client) -> None:
    study = make_study(estimates=[(0.0, 2.0), (4.0, 6.0), (8.0, 10.0), (12.0, 14.0)])
    for trial, scores in zip(
        study.trials.order_by("id"), [(1, 2, 2), (2, 1, 2), (3, 5, 4), (5, 4, 4)], strict=True
    ):
        for score in scores:
            make_rating(trial=trial, score=score)
    page = text_of(researcher, "study-results", study.slug)
    assert f"http://testserver/s/{study.slug}/" in page
    assert page.count("<circle") == 4
    assert "Estimated SI-SNR, mean over stems (dB)" in page
    assert "Trial 2: 5.0 dB, mean rating 1.67, n = 3, 95 % interval 1.00 to 3.10" in page
    assert "95 % interval" in page and "n = 4 trials" in page
    assert study.estimator is not None
    assert study.estimator.name in page
    assert "reverberant" in page


def test_a_study_without_ratings_says_what_to_do(researcher: Client) -> None:
    study = make_study(is_open=False)
    assert "Nobody has rated yet. Open the study" in text_of(researcher, "study-results", study.slug)
    researcher.post(reverse("study-open", args=[study.slug]))
    assert "Nobody has rated yet. Share the link" in text_of(researcher, "study-results", study.slug)
    researcher.post(reverse("study-close", args=[study.slug]))
    assert Study.objects.get().state == Study.State.CLOSED


def test_the_list_is_empty_then_holds_the_study(researcher: Client) -> None:
    assert "No study yet" in text_of(researcher, "study-list")
    study = make_study()
    make_rating(trial=study.trials.order_by("id")[0], score=4, participant=make_listener(study=study))
    lines = researcher.get(reverse("study-list")).context["studies"]
    assert [(line.study, line.trials, line.listeners, line.ratings) for line in lines] == [(study, 3, 1, 1)]


def test_ratings_are_downloaded_as_csv(researcher: Client) -> None:
    study = make_study()
    make_rating(trial=study.trials.order_by("id")[0], score=4)
    response = researcher.get(reverse("study-ratings", args=[study.slug]))
    assert response.headers["Content-Disposition"] == f'attachment; filename="ratings-{study.slug}.csv"'
    assert len(response.content.decode().splitlines()) == 2


def test_a_researcher_can_hear_a_trial(researcher: Client) -> None:
    study = make_study(estimates=[(1.0, 1.0)])
    trial = study.trials.get()
    players = text_of(researcher, "study-trial", study.slug, trial.public_id)
    assert players.count("<realm-player ") == 3
    sound = researcher.get(reverse("study-signal", args=[study.slug, trial.public_id, 2]))
    assert (sound.status_code, sound.headers["Content-Type"]) == (200, "audio/flac")


def test_a_reviewer_finds_no_studies(client: Client) -> None:
    study = make_study()
    client.force_login(make_user(role=Role.REVIEWER))
    for name, arguments in (
        ("study-list", []),
        ("study-results", [study.slug]),
        ("study-ratings", [study.slug]),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 404
    assert client.post(reverse("study-close", args=[study.slug])).status_code == 404
    study.refresh_from_db()
    assert study.is_open
