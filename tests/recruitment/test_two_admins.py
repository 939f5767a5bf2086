"""Two admins at the same moment: one decision, one sending, one payment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from accounts.models import AuditEntry, Role
from core.errors import ShownToUser
from core.models import Job
from recruitment.models import Decision, Payment
from recruitment.services.decisions import decide, send_decisions, undo_decision
from recruitment.services.payments import mark_paid, owe_bonus, send_payments
from tests.factories import make_user
from tests.recruitment.efforts import make_paid_effort, make_submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("channel")]
ADMINS = 8


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What each of several threads got: a result, or the code of the refusal."""
    start = Barrier(ADMINS)

    def run(number: int) -> Any:
        start.wait(timeout=60)
        try:
            return act(number)
        except ShownToUser as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(ADMINS) as pool:
        return list(pool.map(run, range(ADMINS)))


def test_one_of_them_decides() -> None:
    submission = make_submission(effort=make_paid_effort())
    admins = [make_user(role=Role.ADMIN) for _ in range(ADMINS)]

    def act(number: int) -> str:
        verdict, reason = ("approve", "") if number % 2 else ("reject", "too_quick")
        return decide(
            submission=submission, verdict=verdict, reason_code=reason, actor=admins[number]
        ).verdict

    answers = at_once(act)
    decision = Decision.objects.get()
    # Whoever wanted what the first one decided is told so; the others are refused.
    assert answers.count(decision.verdict) == answers.count("already_decided") == ADMINS / 2
    assert Payment.objects.count() == (decision.verdict == "approve")
    assert AuditEntry.objects.filter(subject=f"submission:{submission.public_id}").count() == 1


def test_a_decision_is_undone_once() -> None:
    decision = decide(submission=make_submission(effort=make_paid_effort()), verdict="approve", actor=None)
    answers = at_once(lambda number: undo_decision(decision=decision, actor=None).state)
    assert sorted(answers) == ["cannot_undo"] * (ADMINS - 1) + ["undone"]


def test_undo_and_sending_exclude_each_other() -> None:
    effort = make_paid_effort()
    decision = decide(
        submission=make_submission(effort=effort), verdict="reject", reason_code="no_work", actor=None
    )
    admin = make_user(role=Role.ADMIN)

    def act(number: int) -> Any:
        if number % 2:
            return undo_decision(decision=decision, actor=admin).state
        return send_decisions(effort=effort, actor=admin)

    answers = at_once(act)
    assert [answers.count(1), answers.count("undone")] in ([0, 1], [1, 0])
    assert Job.objects.filter(kind="recruitment.send_decision").count() == answers.count(1)


def test_money_goes_on_its_way_once() -> None:
    effort = make_paid_effort()
    decide(submission=make_submission(effort=effort), verdict="approve", actor=None)
    payment, admin = Payment.objects.get(), make_user(role=Role.ADMIN)

    def act(number: int) -> Any:
        if number % 2:
            return mark_paid(payment=payment, note_text="by hand", actor=admin).state
        return send_payments(effort=effort, actor=admin)

    answers = at_once(act)
    assert answers.count(1) + answers.count("confirmed") == 1
    assert Job.objects.filter(kind="recruitment.send_payment").count() == answers.count(1)


def test_a_bonus_clicked_many_times_is_one_bonus() -> None:
    submission, admin = make_submission(effort=make_paid_effort()), make_user(role=Role.ADMIN)

    def act(number: int) -> int:
        bonus = owe_bonus(
            submission=submission, amount_minor=100, reason="Thanks.", idempotency_key="form", actor=admin
        )
        return bonus.pk

    assert len(set(at_once(act))) == 1
    assert Payment.objects.count() == 1
