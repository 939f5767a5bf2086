"""Efforts with submissions in every state, and a channel whose provider is under the test's control."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from recruitment import channels
from recruitment.channels.contract import Arrival, Channel, Departure, Reconciliation
from recruitment.models import Decision, Effort, Payment, ProviderIdentity, Submission, WorkUnit
from recruitment.sealing import seal
from recruitment.services.stamps import mint_stamp
from tests.factories import make_effort, make_participant

numbers = itertools.count(1)
STATES = {"a": WorkUnit.State.APPROVED, "r": WorkUnit.State.REJECTED, "w": WorkUnit.State.DONE}
WORKER_ID = "WORKER00SECRET"


class FakeChannel(Channel):
    """What a provider was told; `before_answer` may raise what a provider or a crash would."""

    name = "fake"
    title = "Fake platform"
    describes = "A platform of the tests."
    has_api = True
    undo_window = timedelta(days=30)

    def __init__(self) -> None:
        self.told: list[str] = []
        self.paid: set[str] = set()
        self.transfers = 0
        self.before_answer: Callable[[], None] = lambda: None

    def enter(self, *, effort: Effort, parameters: Mapping[str, str]) -> Arrival | None:
        return None

    def finish(self, *, submission: Submission | None, effort: Effort, units_done: int) -> Departure:
        return Departure(sentence="Thank you.")

    def reconcile(self, *, effort: Effort) -> Reconciliation:
        return Reconciliation()

    def decide(self, *, decision: Decision) -> None:
        self.told.append(decision.verdict)
        self.before_answer()

    def pay(self, *, payment: Payment) -> str:
        if payment.idempotency_key not in self.paid:
            self.paid.add(payment.idempotency_key)
            self.transfers += 1
        self.before_answer()
        return f"transfer-{payment.pk}"


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    fake = FakeChannel()
    monkeypatch.setitem(channels.CHANNELS, fake.name, fake)
    return fake


def make_paid_effort(*, channel: str = "fake", **fields: Any) -> Effort:
    effort = make_effort()
    fields = {"reward_minor": 450, "currency": "GBP"} | fields
    Effort.objects.filter(pk=effort.pk).update(channel=channel, **fields)
    effort.refresh_from_db()
    return effort


def make_submission(*, effort: Effort, takes: str = "a", **fields: Any) -> Submission:
    """Submitted, with a participant whose takes are accepted, rejected or waiting, in that order."""
    number = next(numbers)
    fields = {"state": Submission.State.SUBMITTED, "submitted_at": timezone.now()} | fields
    submission = Submission.objects.create(
        effort=effort,
        participant=make_participant(effort=effort),
        reference_digest=f"{number:064d}",
        **fields,
    )
    ProviderIdentity.objects.create(
        submission=submission, worker_id_sealed=seal(WORKER_ID), reference_sealed=seal(f"REFERENCE{number}")
    )
    for index, state in enumerate(takes, start=1):
        make_take(submission, number=index, state=state)
    return submission


def make_take(submission: Submission, *, number: int, state: str) -> WorkUnit:
    assert submission.participant is not None
    name = f"mixture_{number}_s{submission.pk}"
    review = (
        {"review": {"decision": "rejected", "reason": "The voices are too quiet."}} if state == "r" else {}
    )
    unit = WorkUnit.objects.create(
        participant=submission.participant,
        subject=f"recording:{submission.pk}-{number}",
        state=STATES[state],
        evidence={"title": name} | review,
    )
    mint_stamp(work_unit=unit)
    return unit
