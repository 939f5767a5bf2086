"""Whether a bonus is among those that a platform shows; a platform tells amounts and reasons, never our keys."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from recruitment.models import Payment

State = Payment.State
PAID_BY_HAND = "by hand"  # stands where a provider's id of the transfer would
PAID_STATES = (State.SENT, State.CONFIRMED)


def equal_bonuses(payment: Payment) -> QuerySet[Payment]:
    """The other bonuses of this amount for the same submission."""
    bonuses = Payment.objects.filter(submission=payment.submission_id, kind=Payment.Kind.BONUS)
    return bonuses.filter(amount_minor=payment.amount_minor).exclude(pk=payment.pk)


def is_shown(payment: Payment, *, amounts_minor: Sequence[int], others: QuerySet[Payment]) -> bool:
    """Whether the platform shows more bonuses of this amount than the others account for, of those that it cannot
    tell from this one; it does not know of those that were paid by hand."""
    paid_there = others.filter(state__in=PAID_STATES).exclude(provider_batch=PAID_BY_HAND)
    return amounts_minor.count(payment.amount_minor) > paid_there.count()
