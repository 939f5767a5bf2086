"""A bonus on Prolific is paid once, wherever the worker that pays it is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from core.errors import RetryLater, ShownToUser
from recruitment.channels.prolific_api import ProlificApi
from recruitment.models import Payment, Submission
from recruitment.services.payments import deliver_payment, mark_paid, send_payments
from recruitment.services.reconciling import reconcile_effort
from tests.factories import make_user
from tests.recruitment.prolific_people import STUDY, make_prolific_effort, reference, work_as, worker_id
from tests.recruitment.prolific_server import TOKEN, FakeProlific

pytestmark = pytest.mark.django_db

State = Payment.State
ONE_TRANSFER = [(reference(1), 250)]
POINTS = 12  # more than there are places to be killed at; the test says so where that changes


class Killed(BaseException):
    """Nothing catches it, as nothing catches a SIGKILL."""


class Killer:
    """Counts the places passed and kills at the chosen one: before and after each call and each write."""

    def __init__(self, at: int) -> None:
        self.at, self.passed = at, 0

    def pass_by(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed

    def around(self, work: Callable[..., Any], *args: Any) -> Any:
        self.pass_by()
        result = work(*args)
        self.pass_by()
        return result


@contextmanager
def killed_at(point: int) -> Iterator[Killer]:
    killer, real_call = Killer(point), ProlificApi._call_once

    def call(api: ProlificApi, *args: Any) -> Any:
        return killer.around(real_call, api, *args)

    def write(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_write = sql.startswith(("UPDATE", "INSERT", "DELETE"))
        return (
            killer.around(execute, sql, params, many, context)
            if is_write
            else execute(sql, params, many, context)
        )

    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(write):
        patch.setattr(ProlificApi, "_call_once", call)
        yield killer


@pytest.fixture
def bonus(prolific: FakeProlific) -> Payment:
    """On its way in the database; nobody has told Prolific yet."""
    submission = work_as(1, effort=make_prolific_effort())
    prolific.add(reference=reference(1), worker=worker_id(1), status="APPROVED")
    return add_bonus(submission, key="first")


def add_bonus(submission: Submission, *, key: str) -> Payment:
    return Payment.objects.create(
        submission=submission,
        kind="bonus",
        amount_minor=250,
        currency="GBP",
        reason="Clear recordings.",
        idempotency_key=key,
        state=State.SENDING,
    )


def deliver(payment: Payment) -> None:
    deliver_payment(payment_id=payment.pk)


def deliver_in_the_end(payment: Payment) -> None:
    """As the job runner does: again after each outage, hours apart."""
    for _ in range(6):
        try:
            deliver(payment)
        except RetryLater:
            Payment.objects.filter(called_at__isnull=False).update(
                called_at=F("called_at") - timedelta(hours=9)
            )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", range(1, POINTS + 1))
def test_killed_anywhere_it_is_paid_once_in_the_end(
    prolific: FakeProlific, bonus: Payment, point: int
) -> None:
    with killed_at(point) as killer:
        try:
            deliver(bonus)
        except Killed:
            assert len(prolific.transfers) <= 1
    assert killer.passed < POINTS, "there are more places to be killed at than this test tries"
    deliver_in_the_end(bonus)
    bonus.refresh_from_db()
    assert prolific.transfers == ONE_TRANSFER
    assert bonus.state == State.SENT


@pytest.mark.parametrize("second", range(1, POINTS + 1))
def test_killed_twice_it_is_paid_once_in_the_end(prolific: FakeProlific, bonus: Payment, second: int) -> None:
    for first in range(1, POINTS + 1):
        for point in (first, second):
            with killed_at(point), suppress(Killed, RetryLater):
                deliver(bonus)
        deliver_in_the_end(bonus)
        assert prolific.transfers == ONE_TRANSFER
        prolific.transfers.clear()
        prolific.submissions[reference(1)]["bonus_payments"].clear()
        Payment.objects.update(state=State.SENDING, called_at=None, provider_batch="", sent_at=None)


def test_an_answer_that_never_comes_is_not_taken_for_a_refusal(
    prolific: FakeProlific, bonus: Payment
) -> None:
    prolific.shows_bonuses = False
    with killed_at(8), pytest.raises(Killed):  # right after the call that pays
        deliver(bonus)
    for _ in range(3):
        with pytest.raises(RetryLater, match="does not show it yet"):
            deliver(bonus)
    prolific.shows_bonuses = True
    deliver(bonus)
    assert prolific.transfers == ONE_TRANSFER


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "600"}), (503, {}), (500, {})])
def test_trouble_at_the_call_that_pays_never_pays_twice(
    prolific: FakeProlific,
    bonus: Payment,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
) -> None:
    real_pay = ProlificApi.pay_bonus

    def pay_in_trouble(api: ProlificApi, *, batch: str) -> None:
        prolific.troubles = [(status, headers)]
        real_pay(api, batch=batch)

    monkeypatch.setattr(ProlificApi, "pay_bonus", pay_in_trouble)
    with pytest.raises(RetryLater):
        deliver(bonus)
    monkeypatch.undo()
    deliver_in_the_end(bonus)
    assert prolific.transfers == ONE_TRANSFER


def test_a_call_that_was_put_off_needs_no_day_of_waiting(prolific: FakeProlific, bonus: Payment) -> None:
    Payment.objects.update(
        provider_batch=ProlificApi(token=TOKEN, base_url=prolific.url).set_up_bonus(
            study_id=STUDY, reference=reference(1), amount_minor=250
        )
    )
    prolific.troubles = [(429, {"Retry-After": "600"})]
    with pytest.raises(RetryLater):
        deliver(bonus)
    deliver(bonus)
    assert prolific.transfers == ONE_TRANSFER


def test_a_refused_second_call_does_not_make_the_first_one_forgotten(
    prolific: FakeProlific, bonus: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    prolific.shows_bonuses = False
    with killed_at(8), pytest.raises(Killed):  # right after the call that pays
        deliver(bonus)
    Payment.objects.update(called_at=F("called_at") - timedelta(hours=25))

    def refuse(api: ProlificApi, *, batch: str) -> None:
        raise ShownToUser("Not enough money.")

    with monkeypatch.context() as patch:
        patch.setattr(ProlificApi, "pay_bonus", refuse)
        deliver(bonus)
    prolific.shows_bonuses = True
    send_payments(effort=bonus.submission.effort, actor=make_user(role="admin"))
    deliver(bonus)
    bonus.refresh_from_db()
    assert (prolific.transfers, bonus.state) == (ONE_TRANSFER, State.SENT)


def test_two_bonuses_of_one_amount_are_told_apart(prolific: FakeProlific, bonus: Payment) -> None:
    other = add_bonus(bonus.submission, key="second")
    with killed_at(8), pytest.raises(Killed):
        deliver(bonus)
    with pytest.raises(RetryLater, match="on its way"):
        deliver(other)
    for _ in range(2):
        deliver_in_the_end(bonus)
        deliver_in_the_end(other)
    assert prolific.transfers == ONE_TRANSFER * 2
    assert set(Payment.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_bonus_marked_by_hand_is_not_taken_for_one_that_prolific_shows(
    prolific: FakeProlific, bonus: Payment
) -> None:
    by_hand = add_bonus(bonus.submission, key="second")
    Payment.objects.filter(pk=by_hand.pk).update(state=State.FAILED)
    mark_paid(payment=by_hand, note_text="In cash.", actor=make_user(role="admin"))
    with killed_at(8), pytest.raises(Killed):  # right after the call that pays
        deliver(bonus)
    deliver_in_the_end(bonus)
    bonus.refresh_from_db()
    assert (prolific.transfers, bonus.state) == (ONE_TRANSFER, State.SENT)


def test_a_bonus_is_confirmed_when_prolific_shows_it(prolific: FakeProlific, bonus: Payment) -> None:
    prolific.shows_bonuses = False
    deliver(bonus)
    reconcile_effort(effort=bonus.submission.effort)
    bonus.refresh_from_db()
    assert bonus.state == State.SENT
    prolific.shows_bonuses = True
    reconcile_effort(effort=bonus.submission.effort)
    bonus.refresh_from_db()
    assert bonus.state == State.CONFIRMED


def test_a_refused_bonus_can_be_sent_again(prolific: FakeProlific, bonus: Payment) -> None:
    prolific.submissions.clear()
    deliver(bonus)
    bonus.refresh_from_db()
    assert (bonus.state, reference(1) in bonus.refusal) == (State.FAILED, False)
    prolific.add(reference=reference(1), worker=worker_id(1), status="APPROVED")
    send_payments(effort=bonus.submission.effort, actor=make_user(role="admin"))
    deliver(bonus)
    assert prolific.transfers == ONE_TRANSFER


def test_a_call_claimed_by_one_worker_is_not_made_by_another(prolific: FakeProlific, bonus: Payment) -> None:
    Payment.objects.update(called_at=timezone.now())
    with pytest.raises(RetryLater):
        deliver(bonus)
    assert prolific.calls["POST bulk-bonus-payments pay"] == 0
