"""The ledger: what is owed, sent and confirmed; a payment is on its way in the database before a provider is told."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from core.jobs import enqueue
from recruitment.channels import channel_named
from recruitment.channels.bonuses import PAID_BY_HAND
from recruitment.models import Effort, Payment, Submission, WorkStamp
from recruitment.refusals import without_ids
from recruitment.rules.money import money
from recruitment.services.sendings import sending_key, stuck
from recruitment.services.stamps import move_stamps

SEND_PAYMENT = "recruitment.send_payment"
LONGEST_REASON = 300
State = Payment.State


def owe_reward(*, submission: Submission) -> Payment | None:
    """The reward of an approved submission, owed once whatever happens; None where the effort pays nothing."""
    effort = submission.effort
    if not effort.reward_minor:
        return None
    reward, _ = Payment.objects.get_or_create(
        submission=submission,
        kind=Payment.Kind.REWARD,
        defaults={
            "amount_minor": effort.reward_minor,
            "currency": effort.currency,
            "idempotency_key": f"reward:{submission.public_id}",
        },
    )
    cancelled = Payment.objects.filter(pk=reward.pk, state=State.CANCELLED)
    # Approved again after an undo: today's reward counts.
    cancelled.update(
        state=State.OWED, amount_minor=effort.reward_minor, currency=effort.currency, owed_at=timezone.now()
    )
    reward.refresh_from_db()
    return reward


def cancel_reward(*, submission: Submission) -> None:
    """An approval was undone. Raises ShownToUser `already_paid` where the money is on its way or gone."""
    rewards = submission.payments.filter(kind=Payment.Kind.REWARD)
    rewards.filter(state__in=[State.OWED, State.FAILED]).update(state=State.CANCELLED)
    if rewards.exclude(state=State.CANCELLED).exists():
        raise ShownToUser(
            "The reward of this submission is paid or on its way, so the approval cannot be undone.",
            code="already_paid",
            status=409,
        )


@transaction.atomic
def owe_bonus(
    *, submission: Submission, amount_minor: int, reason: str, idempotency_key: str, actor: User
) -> Payment:
    """A bonus that waits in the ledger. The same key again gives the same payment.

    Raises ShownToUser `bonus_without_reason`, `bad_amount`, `submission_purged` or `key_reused`.
    """
    reason = " ".join(reason.split())
    refuse_bad_bonus(submission, amount_minor=amount_minor, reason=reason)
    bonus, is_new = Payment.objects.get_or_create(
        idempotency_key=f"bonus:{idempotency_key}",
        defaults={
            "submission": submission,
            "kind": Payment.Kind.BONUS,
            "amount_minor": amount_minor,
            "currency": submission.effort.currency,
            "reason": reason,
        },
    )
    if (bonus.submission_id, bonus.amount_minor, bonus.reason) != (submission.pk, amount_minor, reason):
        raise ShownToUser(
            "This form was used for another bonus already. Please open it anew from the ledger.",
            code="key_reused",
            status=409,
        )
    if is_new:
        note(bonus, "payment.owe_bonus", actor=actor)
    return bonus


def refuse_bad_bonus(submission: Submission, *, amount_minor: int, reason: str) -> None:
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise ShownToUser(
            f"The reason has {len(reason)} characters. Please write 1 to {LONGEST_REASON}: the person reads it.",
            code="bonus_without_reason",
            field="reason",
        )
    if amount_minor < 1:
        raise ShownToUser("A bonus is more than nothing.", code="bad_amount", field="amount")
    if submission.state == Submission.State.PURGED:
        raise ShownToUser(
            "The provider ids of this submission were purged: nobody can be paid for it any more.",
            code="submission_purged",
            status=410,
        )


def ours_to_pay(effort: Effort) -> QuerySet[Payment]:
    """All but the rewards that the provider pays by itself when it hears of the approval."""
    payments = Payment.objects.filter(submission__effort=effort)
    pays_rewards = channel_named(effort.channel).pays_rewards
    return payments.exclude(kind=Payment.Kind.REWARD) if pays_rewards else payments


def unpaid(effort: Effort) -> QuerySet[Payment]:
    """What we owe and nobody has sent, or the provider refused: an admin may pay it outside."""
    return ours_to_pay(effort).filter(state__in=[State.OWED, State.FAILED])


def sendable(effort: Effort) -> QuerySet[Payment]:
    """What waits until an admin sends it, or sends it again; what is stuck is asked about at the provider first."""
    if not channel_named(effort.channel).has_api:
        return Payment.objects.none()
    waiting = Q(state__in=[State.OWED, State.FAILED]) | Q(pk__in=stuck_payments(effort).values("pk"))
    return ours_to_pay(effort).filter(waiting)


def stuck_payments(effort: Effort) -> QuerySet[Payment]:
    return stuck(ours_to_pay(effort), name="payment", job_kind=SEND_PAYMENT)


@transaction.atomic
def send_payments(*, effort: Effort, actor: User, payments: QuerySet[Payment] | None = None) -> int:
    """Put the payments (or these of them) on their way, one job each; how many. Asked twice, they go once."""
    chosen = sendable(effort)
    if payments is not None:
        chosen = chosen.filter(pk__in=payments.values("pk"))
    sent = sum(put_on_its_way(payment) for payment in chosen.order_by("pk"))
    if sent:
        record_action(
            actor=actor, action="payment.send", subject=f"effort:{effort.pk}", details={"payments": sent}
        )
    return sent


def put_on_its_way(payment: Payment) -> bool:
    """Committed before any provider is called, together with the job that calls; False where another was first."""
    same = Payment.objects.filter(pk=payment.pk, state=payment.state, sendings=payment.sendings)
    if not same.update(state=State.SENDING, refusal="", sendings=payment.sendings + 1):
        return False
    key = sending_key("payment", pk=payment.pk, sendings=payment.sendings + 1)
    enqueue(kind=SEND_PAYMENT, subject_key=key, payload={"payment_id": payment.pk})
    return True


def deliver_payment(*, payment_id: int) -> None:
    """Tell the provider. Run again after a crash it asks the channel again, which pays once whatever happened.

    RetryLater goes through: the payment stays on its way and its job is run again.
    """
    found = Payment.objects.filter(pk=payment_id, state=State.SENDING)
    payment = found.select_related("submission__effort").first()
    if payment is None:
        return
    try:
        batch = channel_named(payment.submission.effort.channel).pay(payment=payment)
    except ShownToUser as refusal:
        found.update(state=State.FAILED, refusal=without_ids(refusal.message, payment.submission))
        return
    found.update(state=State.SENT, sent_at=timezone.now(), provider_batch=batch)


def reward_goes_with_approval(*, submission: Submission) -> None:
    """The provider has heard of the approval and pays the reward by itself."""
    rewards = submission.payments.filter(kind=Payment.Kind.REWARD, state__in=[State.OWED, State.FAILED])
    rewards.update(state=State.SENT, sent_at=timezone.now(), refusal="")


@transaction.atomic
def confirm(*, payment: Payment) -> Payment:
    """The provider says that the person has the money. Again changes nothing."""
    underway = Payment.objects.filter(pk=payment.pk, state__in=[State.SENDING, State.SENT])
    if underway.update(state=State.CONFIRMED, confirmed_at=timezone.now(), refusal=""):
        stamp_as_paid(payment)
    payment.refresh_from_db()
    return payment


@transaction.atomic
def mark_paid(*, payment: Payment, note_text: str, actor: User) -> Payment:
    """An admin has paid outside; the note says how. Raises ShownToUser `not_owed` or `paid_by_provider`."""
    effort = payment.submission.effort
    if not ours_to_pay(effort).filter(pk=payment.pk).exists():
        raise paid_by_provider(effort)
    # On the row's own columns only: of several admins at once, a join would let each of them pass.
    owed = Payment.objects.filter(pk=payment.pk, state__in=[State.OWED, State.FAILED])
    paid = {"state": State.CONFIRMED, "confirmed_at": timezone.now(), "provider_batch": PAID_BY_HAND}
    if not owed.update(note=" ".join(note_text.split())[:LONGEST_REASON], refusal="", **paid):
        raise not_in_state(payment, "owed")
    payment.refresh_from_db()
    stamp_as_paid(payment)
    note(payment, "payment.mark_paid", actor=actor, text=payment.note)
    return payment


@transaction.atomic
def take_back_mark(*, payment: Payment, actor: User) -> Payment:
    """It was not paid after all: owed again. Only what was marked by hand can be taken back."""
    marked = Payment.objects.filter(pk=payment.pk, state=State.CONFIRMED, provider_batch=PAID_BY_HAND)
    if not marked.update(state=State.OWED, confirmed_at=None, provider_batch="", note=""):
        raise not_in_state(payment, "marked as paid by hand")
    payment.refresh_from_db()
    if payment.kind == Payment.Kind.REWARD:
        # Stamps only go forward by themselves; this is an admin's word that they went too far.
        paid = payment.submission.stamps.filter(state=WorkStamp.State.PAID)
        paid.update(state=WorkStamp.State.APPROVED)
    note(payment, "payment.take_back_mark", actor=actor)
    return payment


@transaction.atomic
def cancel_bonus(*, payment: Payment, actor: User) -> Payment:
    """A bonus that nobody has sent is not owed any more. Raises ShownToUser `not_owed`."""
    bonuses = Payment.objects.filter(pk=payment.pk, kind=Payment.Kind.BONUS)
    if not bonuses.filter(state__in=[State.OWED, State.FAILED]).update(state=State.CANCELLED):
        raise not_in_state(payment, "an owed bonus")
    payment.refresh_from_db()
    note(payment, "payment.cancel", actor=actor)
    return payment


def stamp_as_paid(payment: Payment) -> None:
    """Whoever is paid is approved, even where the platform has not been told yet."""
    if payment.kind == Payment.Kind.REWARD:
        move_stamps(submission=payment.submission, state=WorkStamp.State.APPROVED)
        move_stamps(submission=payment.submission, state=WorkStamp.State.PAID)


def paid_by_provider(effort: Effort) -> ShownToUser:
    title = channel_named(effort.channel).title
    return ShownToUser(
        f"{title} pays this reward itself when it hears of the approval: paid by hand, it would be paid twice. "
        "Send the approval instead.",
        code="paid_by_provider",
        status=409,
    )


def not_in_state(payment: Payment, wanted: str) -> ShownToUser:
    payment.refresh_from_db()
    is_now = payment.get_state_display().lower()
    return ShownToUser(
        f"This payment is not {wanted}: it is {is_now} now. Nothing was changed.", code="not_owed", status=409
    )


def note(payment: Payment, action: str, *, actor: User, text: str = "") -> None:
    amount = money(payment.amount_minor, payment.currency)
    details = {"amount": amount, "kind": payment.kind, "reason": payment.reason, "note": text}
    record_action(
        actor=actor,
        action=action,
        subject=f"submission:{payment.submission.public_id}",
        details={name: value for name, value in details.items() if value},
    )
