"""The ledger: owed once, sent once, confirmed once; by hand where no provider pays."""

import csv
import io

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Role, User
from core.errors import RetryLater, ShownToUser
from core.models import Job
from core.runner import run_waiting
from recruitment.models import Effort, Payment, Submission, WorkStamp
from recruitment.services.decisions import decide
from recruitment.services.payments import (
    cancel_bonus,
    confirm,
    deliver_payment,
    mark_paid,
    owe_bonus,
    owe_reward,
    send_payments,
    take_back_mark,
)
from tests.factories import make_user
from tests.recruitment.efforts import WORKER_ID, FakeChannel, make_paid_effort, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user(role=Role.ADMIN)


@pytest.fixture
def submission(channel: FakeChannel) -> Submission:
    submission = make_submission(effort=make_paid_effort())
    decide(submission=submission, verdict="approve", actor=None)
    return submission


def bonus(submission: Submission, actor: User, *, key: str = "form-1", amount_minor: int = 100) -> Payment:
    return owe_bonus(
        submission=submission,
        amount_minor=amount_minor,
        reason="Thank you for the second try.",
        idempotency_key=key,
        actor=actor,
    )


def states() -> list[str]:
    return list(Payment.objects.order_by("pk").values_list("state", flat=True))


def send(effort: Effort, actor: User) -> int:
    sent = send_payments(effort=effort, actor=actor)
    run_waiting(worker="test")
    return sent


def test_a_reward_is_owed_once(submission: Submission) -> None:
    first = owe_reward(submission=submission)
    assert owe_reward(submission=submission) == first
    assert states() == ["owed"]


def test_where_nothing_is_offered_nothing_is_owed(channel: FakeChannel) -> None:
    submission = make_submission(effort=make_paid_effort(reward_minor=0))
    assert owe_reward(submission=submission) is None


def test_a_double_click_owes_one_bonus(submission: Submission, admin: User) -> None:
    assert bonus(submission, admin) == bonus(submission, admin)
    assert Payment.objects.filter(kind="bonus").count() == 1
    assert AuditEntry.objects.filter(action="payment.owe_bonus").count() == 1


def test_one_form_is_good_for_one_bonus(submission: Submission, admin: User) -> None:
    bonus(submission, admin)
    with pytest.raises(ShownToUser) as refusal:
        bonus(submission, admin, amount_minor=200)
    assert refusal.value.code == "key_reused"


@pytest.mark.parametrize(("amount", "reason"), [(0, "Thanks."), (100, "  "), (100, "x" * 301)])
def test_a_bonus_needs_an_amount_and_a_reason(
    submission: Submission, admin: User, amount: int, reason: str
) -> None:
    with pytest.raises(ShownToUser):
        owe_bonus(submission=submission, amount_minor=amount, reason=reason, idempotency_key="k", actor=admin)
    assert states() == ["owed"]


def test_money_is_sent_once_and_confirmed_once(
    submission: Submission, admin: User, channel: FakeChannel
) -> None:
    bonus(submission, admin)
    assert (send(submission.effort, admin), send(submission.effort, admin)) == (2, 0)
    assert (states(), channel.transfers) == (["sent", "sent"], 2)
    for payment in Payment.objects.all():
        confirm(payment=payment)
        confirm(payment=payment)
    assert states() == ["confirmed", "confirmed"]
    assert WorkStamp.objects.get().state == WorkStamp.State.PAID


@pytest.mark.parametrize("crash", [KeyboardInterrupt(), RetryLater("no answer")])
def test_a_crash_after_the_transfer_pays_nobody_twice(
    submission: Submission,
    admin: User,
    channel: FakeChannel,
    crash: BaseException,
) -> None:
    def answer() -> None:
        channel.before_answer = lambda: None
        raise crash

    channel.before_answer = answer
    send_payments(effort=submission.effort, actor=admin)
    pk = Payment.objects.get().pk
    with pytest.raises(type(crash)):
        deliver_payment(payment_id=pk)
    assert states() == ["sending"]
    deliver_payment(payment_id=pk)
    assert (states(), channel.transfers) == (["sent"], 1)


def test_a_refusal_is_kept_without_ids_and_can_be_tried_again(
    submission: Submission,
    admin: User,
    channel: FakeChannel,
) -> None:
    def answer() -> None:
        channel.before_answer = lambda: None
        raise ShownToUser(f"Not enough money for {WORKER_ID}.")

    channel.before_answer = answer
    send(submission.effort, admin)
    assert Payment.objects.get().refusal == "Not enough money for [id]."
    send(submission.effort, admin)
    assert states() == ["sent"]


def test_rewards_that_the_provider_pays_are_never_sent_by_us(
    submission: Submission,
    admin: User,
    channel: FakeChannel,
) -> None:
    channel.pays_rewards = True
    assert send(submission.effort, admin) == 0
    bonus(submission, admin)
    assert send(submission.effort, admin) == 1
    assert states() == ["owed", "sent"]


def test_paying_by_hand_is_noted_and_can_be_taken_back(submission: Submission, admin: User) -> None:
    payment = mark_paid(payment=Payment.objects.get(), note_text="In cash, receipt 12.", actor=admin)
    assert (payment.state, payment.note) == ("confirmed", "In cash, receipt 12.")
    assert WorkStamp.objects.get().state == WorkStamp.State.PAID
    with pytest.raises(ShownToUser, match="is not owed: it is confirmed"):
        mark_paid(payment=payment, note_text="Again", actor=admin)
    take_back_mark(payment=payment, actor=admin)
    assert (states(), WorkStamp.objects.get().state) == (["owed"], WorkStamp.State.APPROVED)


def test_a_reward_that_the_provider_pays_is_not_paid_by_hand_too(
    submission: Submission, admin: User, channel: FakeChannel
) -> None:
    channel.pays_rewards = True
    with pytest.raises(ShownToUser, match="Fake platform pays this reward itself") as refusal:
        mark_paid(payment=Payment.objects.get(), note_text="In cash.", actor=admin)
    assert (refusal.value.code, states()) == ("paid_by_provider", ["owed"])
    mark_paid(payment=bonus(submission, admin), note_text="In cash.", actor=admin)
    assert states() == ["owed", "confirmed"]


def test_the_paying_file_leaves_out_what_the_provider_pays(
    submission: Submission, admin: User, channel: FakeChannel, client: Client
) -> None:
    bonus(submission, admin)
    client.force_login(admin)
    for pays_rewards, kinds in [(False, ["reward", "bonus"]), (True, ["bonus"])]:
        channel.pays_rewards = pays_rewards
        answer = client.post(reverse("paying-file", args=[submission.effort_id]))
        rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
        assert [row["kind"] for row in rows] == kinds
        asked = AuditEntry.objects.filter(action="ledger.paying_file").latest("pk")
        assert asked.details == {"payments": len(kinds)}


@pytest.mark.parametrize("job_state", ["quarantined", "cancelled"])
def test_a_payment_whose_job_has_stopped_is_shown_and_sent_again(
    submission: Submission, admin: User, channel: FakeChannel, client: Client, job_state: str
) -> None:
    client.force_login(admin)
    address = reverse("effort-ledger", args=[submission.effort_id])
    send_payments(effort=submission.effort, actor=admin)
    assert "stuck" not in client.get(address).content.decode()
    for _ in range(2):
        Job.objects.exclude(state="done").update(state=job_state)
        assert "1 payment stuck" in client.get(address).content.decode()
        assert send_payments(effort=submission.effort, actor=admin) == 1
        assert send_payments(effort=submission.effort, actor=admin) == 0  # its newest job waits
    run_waiting(worker="test")
    assert (states(), channel.transfers) == (["sent"], 1)


def test_what_a_provider_confirmed_cannot_be_taken_back_by_hand(submission: Submission, admin: User) -> None:
    Payment.objects.update(state="confirmed", provider_batch="transfer-1")
    with pytest.raises(ShownToUser, match="by hand"):
        take_back_mark(payment=Payment.objects.get(), actor=admin)


def test_a_bonus_that_was_not_sent_can_be_cancelled_but_no_reward(
    submission: Submission, admin: User
) -> None:
    cancel_bonus(payment=bonus(submission, admin), actor=admin)
    with pytest.raises(ShownToUser):
        cancel_bonus(payment=Payment.objects.get(kind="reward"), actor=admin)
    assert states() == ["owed", "cancelled"]


def test_the_same_key_is_refused_by_the_database_itself(submission: Submission, admin: User) -> None:
    first = bonus(submission, admin)
    with pytest.raises(IntegrityError):
        Payment.objects.create(
            submission=submission,
            kind="bonus",
            amount_minor=1,
            currency="GBP",
            idempotency_key=first.idempotency_key,
        )
