"""A browser that lost its cookie is known again by a signed ticket, and by nothing that somebody made up."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from recruitment.return_tickets import take_back, tickets_of
from recruitment.sessions import recall_participant, remember_participant, remembers
from tests.factories import make_participant
from tests.recruitment.works import make_stamp, make_submission

pytestmark = pytest.mark.django_db


def test_a_new_session_knows_the_same_people_and_the_same_one_is_in_front() -> None:
    before = make_participant()
    now, elsewhere = make_participant(effort=before.effort), make_participant()
    lost, new = SessionStore(), SessionStore()
    for participant in (before, elsewhere, now):
        remember_participant(session=lost, participant=participant)
    assert take_back(session=new, tickets=tickets_of(lost)) == 3
    assert recall_participant(session=new, effort=before.effort) == now
    assert all(remembers(session=new, participant=person) for person in (before, now, elsewhere))
    assert take_back(session=new, tickets=tickets_of(lost)) == 0


@pytest.mark.parametrize("forged", ["", "x", "{id}", "{id}:AAAA", "{id}:"])
def test_what_we_did_not_sign_names_nobody(forged: str) -> None:
    participant, session = make_participant(), SessionStore()
    assert take_back(session=session, tickets=[forged.format(id=participant.public_id)]) == 0
    assert not remembers(session=session, participant=participant)


def test_who_comes_from_a_providers_page_is_not_replaced_by_who_was_here_before() -> None:
    before, lost, new = make_participant(), SessionStore(), SessionStore()
    remember_participant(session=lost, participant=before)
    arrived = make_submission(effort=before.effort)
    new[f"submission_of_effort_{before.effort_id}"] = str(arrived.public_id)
    take_back(session=new, tickets=tickets_of(lost))
    assert recall_participant(session=new, effort=before.effort) is None
    assert remembers(session=new, participant=before)


def test_handing_in_a_ticket_shows_the_stamps_again() -> None:
    stamp, code = make_stamp()
    lost, client = SessionStore(), Client()
    remember_participant(session=lost, participant=stamp.work_unit.participant)
    answer = client.post("/stamps/return", {"ticket": tickets_of(lost)})
    assert answer.json() == {"remembered": 1}
    assert code in client.get("/stamps/").content.decode()


def test_the_page_of_a_known_browser_carries_its_tickets_and_that_of_a_stranger_none() -> None:
    stamp, _ = make_stamp()
    session, client = SessionStore(), Client()
    remember_participant(session=session, participant=stamp.work_unit.participant)
    session.create()
    assert b'data-return-tickets=""' in client.get("/stamps/").content
    client.cookies["sessionid"] = str(session.session_key)
    assert tickets_of(session)[0] in client.get("/stamps/").content.decode()
