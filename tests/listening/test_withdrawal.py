"""Whoever withdraws leaves no rating behind, as a listener or as a speaker."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.listening.models import Presentation, Rating, Trial
from evaluation.listening.services.listeners import erase_listening
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from releases.withdrawal import erase_withdrawn
from tests.listening.studies import make_listener, make_rating, make_study

pytestmark = pytest.mark.django_db


def test_a_listeners_code_hides_their_ratings_and_erasure_deletes_them() -> None:
    study = make_study(estimates=[(1.0, 1.0)] * 2)
    gone, stays = make_listener(study=study), make_listener(study=study)
    for trial in study.trials.all():
        make_rating(trial=trial, score=1, participant=gone)
        make_rating(trial=trial, score=5, participant=stays)
    withdrawn = withdraw(code=show_withdrawal_code(participant=gone))
    assert set(Rating.objects.counted().values_list("participant", flat=True)) == {stays.pk}
    assert [erase_listening(participant=withdrawn) for _ in range(2)] == [2, 0]
    assert set(Rating.objects.values_list("participant", flat=True)) == {stays.pk}
    assert not Presentation.objects.filter(participant=gone).exists()


def test_erasing_speakers_deletes_their_trials_and_all_ratings_of_them() -> None:
    study = make_study(estimates=[(1.0, 1.0)] * 2)
    first, second = study.trials.order_by("id")
    for trial in (first, first, second):
        make_rating(trial=trial, score=3)
    speakers = first.separation.recording.participation.participant
    withdrawn = withdraw(code=show_withdrawal_code(participant=speakers))
    assert erase_listening(participant=withdrawn) == 2
    assert list(Trial.objects.all()) == [second]
    assert Rating.objects.get().trial == second


def test_nobody_who_takes_part_is_erased() -> None:
    listener = make_listener(study=make_study())
    with pytest.raises(ValueError, match="has not withdrawn"):
        erase_listening(participant=listener)


def test_a_listener_is_told_on_the_withdrawal_page_what_happened(client: Client) -> None:
    study = make_study(estimates=[(1.0, 1.0)])
    rating = make_rating(trial=study.trials.get(), score=2)
    code = show_withdrawal_code(participant=rating.participant)
    page = client.post(reverse("withdraw"), {"code": code})
    assert "All ratings you gave in one listening study" in page.content.decode()
    page = client.post(reverse("withdraw"), {"code": code, "confirm": "yes"}, follow=True)
    assert "Your ratings are withdrawn" in page.content.decode()
    assert not Rating.objects.counted().exists()


def test_the_withdrawal_sweep_erases_a_listeners_ratings() -> None:
    study = make_study(estimates=[(1.0, 1.0)])
    rating = make_rating(trial=study.trials.get(), score=2)
    withdraw(code=show_withdrawal_code(participant=rating.participant))
    assert erase_withdrawn() == 1
    assert not Rating.objects.exists()
    assert study.trials.count() == 1
