"""A bonus on Prolific, paid once: its pay call is not idempotent, so after any doubt Prolific is asked first.

Prolific tells which bonuses a submission was paid, as amounts. Before the call that pays, the batch and the time
are committed; whoever finds a call that was made and not answered looks for the amount at Prolific, and calls again
only when it is still missing a day later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.errors import RetryLater, ShownToUser
from recruitment.channels.bonuses import PAID_STATES, equal_bonuses, is_shown
from recruitment.channels.prolific_api import AtProlific, NotReceived, ProlificApi
from recruitment.models import Effort, Payment, Submission
from recruitment.services.identities import has_identity, identity_of

MISSING_AFTER = timedelta(hours=24)  # Prolific pays a batch within minutes; a day leaves no doubt
ASKED_AGAIN_AFTER_S = 300.0
State = Payment.State


def pay_bonus_once(api: ProlificApi, *, payment: Payment, study_id: str) -> str:
    """The batch with which this payment was made, now or before. Raises RetryLater while that is not certain."""
    payment.refresh_from_db()
    reference = identity_of(payment.submission).reference
    if payment.called_at is not None and is_paid(payment, api.submission(reference=reference)):
        return payment.provider_batch
    if payment.called_at is not None and timezone.now() - payment.called_at < MISSING_AFTER:
        raise RetryLater(
            "A bonus was sent to Prolific and not answered; Prolific does not show it yet.",
            delay_s=ASKED_AGAIN_AFTER_S,
        )
    if not payment.provider_batch:
        batch = api.set_up_bonus(study_id=study_id, reference=reference, amount_minor=payment.amount_minor)
        store_batch(payment, batch)
    unanswered_at = payment.called_at
    claim_call(payment)
    try:
        api.pay_bonus(batch=payment.provider_batch)
    except (ShownToUser, NotReceived):
        free_call(payment, called_before_at=unanswered_at)  # this call paid nothing: nobody waits for it
        raise
    return payment.provider_batch


def store_batch(payment: Payment, batch: str) -> None:
    """Of two who set one up, the first one's is kept; a batch that nobody pays costs nothing."""
    Payment.objects.filter(pk=payment.pk, provider_batch="").update(provider_batch=batch)
    payment.refresh_from_db()


@transaction.atomic
def claim_call(payment: Payment) -> None:
    """Commit that the call is about to be made; of several at the same moment one may make it, and one of several
    bonuses of one amount for one submission is on its way at a time, since Prolific shows only amounts."""
    Submission.objects.select_for_update().get(pk=payment.submission_id)
    unpaid = Payment.objects.filter(submission=payment.submission_id).exclude(state__in=PAID_STATES)
    rivals = unpaid.exclude(pk=payment.pk).filter(amount_minor=payment.amount_minor, called_at__isnull=False)
    if rivals.exclude(state=State.CANCELLED).exists():
        raise RetryLater("A bonus of the same amount is on its way to the same person.")
    unchanged = Q(called_at__isnull=True) if payment.called_at is None else Q(called_at=payment.called_at)
    if not unpaid.filter(unchanged, pk=payment.pk).update(called_at=timezone.now()):
        raise RetryLater("This bonus is being sent by somebody else at this moment.")
    payment.refresh_from_db()


def free_call(payment: Payment, *, called_before_at: datetime | None) -> None:
    """An earlier call that nobody answered may still have paid: it stays noted, so that Prolific is asked first."""
    Payment.objects.filter(pk=payment.pk, called_at=payment.called_at).update(called_at=called_before_at)


def is_paid(payment: Payment, found: AtProlific) -> bool:
    return is_shown(payment, amounts_minor=found.bonuses_minor, others=equal_bonuses(payment))


def payments_confirmed_by(api: ProlificApi, *, effort: Effort) -> Iterator[Payment]:
    """Sent rewards of submissions that Prolific's list, just read, calls approved, and sent bonuses it shows by
    now: those take a call each."""
    sent = Payment.objects.filter(submission__effort=effort, state=State.SENT).select_related("submission")
    for payment in sent.order_by("pk"):
        if is_confirmed(api, payment):
            yield payment


def is_confirmed(api: ProlificApi, payment: Payment) -> bool:
    submission = payment.submission
    if payment.kind == Payment.Kind.REWARD:
        return bool(submission.details.get("provider_state") == "APPROVED")
    return has_identity(submission) and is_paid(
        payment, api.submission(reference=identity_of(submission).reference)
    )
