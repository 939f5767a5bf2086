"""A browser session knows its participant in each effort, until they withdraw."""

import pytest
from django.contrib.sessions.backends.db import SessionStore

from core.errors import ShownToUser
from recruitment.models import Effort
from recruitment.services.participants import enter_effort
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from recruitment.sessions import recall_participant, remember_participant, remembers
from tests.factories import make_effort, make_participant

pytestmark = pytest.mark.django_db


def test_a_participant_is_recalled_in_their_own_effort_only() -> None:
    session, participant = SessionStore(), make_participant()
    remember_participant(session=session, participant=participant)
    assert recall_participant(session=session, effort=participant.effort) == participant
    assert recall_participant(session=session, effort=make_effort()) is None
    assert not remembers(session=session, participant=make_participant(effort=participant.effort))


def test_withdrawn_people_are_not_recalled_but_still_known() -> None:
    session, participant = SessionStore(), make_participant()
    remember_participant(session=session, participant=participant)
    withdraw(code=show_withdrawal_code(participant=participant))
    assert recall_participant(session=session, effort=participant.effort) is None
    assert remembers(session=session, participant=participant)


def test_two_efforts_are_remembered_side_by_side() -> None:
    session, first, second = SessionStore(), make_participant(), make_participant()
    remember_participant(session=session, participant=first)
    remember_participant(session=session, participant=second)
    assert recall_participant(session=session, effort=first.effort) == first
    assert recall_participant(session=session, effort=second.effort) == second


def test_nobody_enters_without_consent() -> None:
    effort = make_effort()
    with pytest.raises(ShownToUser, match="consent") as refusal:
        enter_effort(effort=effort, consent_text=effort.consent_texts.get(), people_consenting=0)
    assert refusal.value.code == "consent_missing"


def test_an_effort_without_consent_text_asks_for_none() -> None:
    participant = enter_effort(effort=Effort.objects.create(), consent_text=None, people_consenting=1)
    assert participant.consented_at is None
    with pytest.raises(ShownToUser):
        enter_effort(effort=make_effort(), consent_text=None, people_consenting=1)


def test_the_consent_text_of_another_effort_does_not_count() -> None:
    with pytest.raises(ShownToUser):
        enter_effort(
            effort=make_effort(), consent_text=make_effort().consent_texts.get(), people_consenting=2
        )
