"""The whole way of paid work on Prolific: arrive, agree, record, finish, be listed, decided, paid and given a bonus."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from collection.models import Campaign, Participation, Recording
from collection.services.reviews import accept, reject
from core.runner import run_waiting
from recruitment.models import Decision, Participant, Payment, WorkStamp
from recruitment.services.decisions import decide, send_decisions
from recruitment.services.payments import owe_bonus, send_payments
from recruitment.services.reconciling import reconcile_effort
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from recruitment.tasks import ask_prolific_now_and_then
from tests.factories import make_recording, make_user
from tests.recruitment.prolific_people import (
    COMPLETED,
    agree,
    make_prolific_campaign,
    parameters,
    reference,
    worker_id,
)
from tests.recruitment.prolific_server import FakeProlific

pytestmark = pytest.mark.django_db

GOOD, BAD, RETURNED = 1, 2, 3


@pytest.fixture
def campaign() -> Campaign:
    return make_prolific_campaign(units_wanted=2, reward_minor=300, currency="GBP")


def record_two(campaign: Campaign, number: int) -> None:
    browser = Client()
    browser.get(f"/c/{campaign.slug}/", parameters(number))
    agree(browser, campaign)
    participant = Participant.objects.latest("pk")
    participation = Participation.objects.get(participant=participant)
    for _ in range(2):
        assert COMPLETED not in browser.get(f"/c/{campaign.slug}/finished").content.decode()
        subject = make_recording(participation=participation).work_subject
        mint_stamp(work_unit=record_finished_work(participant=participant, subject=subject, evidence={}))
    assert f"cc={COMPLETED}" in browser.get(f"/c/{campaign.slug}/finished").content.decode()


def test_one_is_approved_with_a_bonus_one_rejected_and_one_returned_it(
    prolific: FakeProlific, campaign: Campaign
) -> None:
    effort, admin = campaign.effort, make_user(role="admin")
    for number in (GOOD, BAD, RETURNED):
        prolific.add(reference=reference(number), worker=worker_id(number))
        record_two(campaign, number)
    for number in (GOOD, BAD):
        prolific.finish(reference(number), code=COMPLETED)
    prolific.submissions[reference(RETURNED)]["status"] = "RETURNED"
    ask_prolific_now_and_then()
    good, bad, returned = effort.submissions.order_by("pk")
    assert [good.state, bad.state, returned.state] == ["submitted", "submitted", "returned"]

    for recording in Recording.objects.order_by("pk"):
        if recording.participation.participant == bad.participant:
            reject(recording=recording, reviewer=admin, reason="One voice only.")
        else:
            accept(recording=recording, reviewer=admin)
    decide(submission=good, verdict="approve", actor=admin)
    decide(submission=bad, verdict="reject", reason_code="one_person_both_parts", actor=admin)
    owe_bonus(submission=good, amount_minor=75, reason="Very clear voices.", idempotency_key="1", actor=admin)
    for _ in range(2):
        send_decisions(effort=effort, actor=admin)
        run_waiting(worker="test")
        send_payments(effort=effort, actor=admin)
        run_waiting(worker="test")
        reconcile_effort(effort=effort)

    at_prolific = [prolific.submissions[reference(number)]["status"] for number in (GOOD, BAD, RETURNED)]
    assert at_prolific == ["APPROVED", "REJECTED", "RETURNED"]
    assert prolific.submissions[reference(BAD)]["rejection_category"] == "FAILED_INSTRUCTIONS"
    assert prolific.transfers == [(reference(GOOD), 75)]
    assert set(Decision.objects.values_list("state", flat=True)) == {Decision.State.SENT}
    paid = Payment.objects.filter(state=Payment.State.CONFIRMED).order_by("amount_minor")
    assert list(paid.values_list("kind", "amount_minor")) == [("bonus", 75), ("reward", 300)]
    assert Payment.objects.count() == 2
    assert set(good.stamps.values_list("state", flat=True)) == {WorkStamp.State.PAID}
    assert set(bad.stamps.values_list("state", flat=True)) == {WorkStamp.State.REJECTED}
    assert not returned.stamps.exists()


def test_the_timer_leaves_prolific_alone_without_a_token(
    prolific: FakeProlific, campaign: Campaign, settings: Any
) -> None:
    settings.PROLIFIC_TOKEN = ""
    ask_prolific_now_and_then()
    assert prolific.calls.total() == 0
