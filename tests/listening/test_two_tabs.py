"""Two tabs of one listener at the same moment: one trial in front of them, one rating of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from evaluation.listening.models import Presentation, Rating
from evaluation.listening.services.trials import next_trial, rate_trial
from tests.listening.studies import let_time_pass, make_listener, make_study

pytestmark = pytest.mark.django_db(transaction=True)
Answer = TypeVar("Answer")


def at_once(action: Callable[[], Answer], *, times: int = 4) -> list[Answer]:
    def act(_: int) -> Answer:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(act, range(times)))


def test_all_tabs_show_the_same_trial() -> None:
    study = make_study()
    listener = make_listener(study=study)
    shown = at_once(lambda: next_trial(study=study, participant=listener))
    assert len(set(shown)) == 1
    assert Presentation.objects.count() == 1


def test_the_same_vote_from_all_tabs_is_one_rating() -> None:
    study = make_study()
    listener = make_listener(study=study)
    trial = next_trial(study=study, participant=listener)
    assert trial is not None
    let_time_pass(participant=listener)
    votes = at_once(lambda: rate_trial(trial=trial, participant=listener, score=4, signals_played={0, 1, 2}))
    assert len({vote.pk for vote in votes}) == 1
    assert Rating.objects.count() == 1
