"""One person who begins in two browsers at the same moment is one participant, on either database."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, connections

from recruitment.models import Effort, Participant, Submission
from recruitment.services.arrivals import enter_once, receive_arrival
from recruitment.services.participants import enter_effort
from tests.recruitment.prolific_people import make_prolific_effort, parameters

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(work: Callable[[int], None], *, browsers: int) -> list[BaseException]:
    """Runs `work(0)`, `work(1)` and so on in threads that start together; what they raised."""
    raised: list[BaseException] = []
    barrier = Barrier(browsers)

    def run(number: int) -> None:
        try:
            barrier.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001 - the test looks at whatever it is
            raised.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(browsers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return raised


def enter(effort: Effort, *, session: int) -> int:
    """Arrive and agree in a new browser; the participant that is then in front of it."""
    store = SessionStore()
    receive_arrival(session=store, effort=effort, parameters=parameters(1, session))
    begin = lambda: enter_effort(  # noqa: E731
        effort=effort, consent_text=effort.consent_texts.first(), people_consenting=2
    )
    return enter_once(session=store, effort=effort, begin=begin, is_staff=False).pk


@pytest.mark.parametrize("sessions", [1, 4], ids=["one submission", "four submissions"])
def test_of_many_browsers_of_one_person_all_go_on_as_one_participant(sessions: int) -> None:
    effort = make_prolific_effort(units_wanted=9)
    entered: list[int] = []

    def work(number: int) -> None:
        entered.append(enter(effort, session=number % sessions + 1))

    assert all_at_once(work, browsers=8) == []
    assert len(set(entered)) == 1
    assert len(entered) == 8
    assert Participant.objects.filter(effort=effort).count() == 1
    assert Submission.objects.filter(effort=effort).count() == sessions
    assert not Submission.objects.filter(participant__isnull=True).exists()
    assert connection.vendor in ("sqlite", "postgresql")
