"""Many rewards that an admin paid outside Realm, marked at once with one note."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from recruitment.channels import channel_named
from recruitment.models import Effort, Payment
from recruitment.services.payments import mark_paid, unpaid


def markable_rewards(effort: Effort) -> QuerySet[Payment]:
    """Oldest first; none where the provider pays rewards by itself."""
    if channel_named(effort.channel).pays_rewards:
        return Payment.objects.none()
    owed = unpaid(effort).filter(kind=Payment.Kind.REWARD)
    return owed.select_related("submission__effort").order_by("pk")


@transaction.atomic
def mark_rewards_paid(*, effort: Effort, payments: Collection[int], note_text: str, actor: User) -> int:
    """Those of these that are still owed; how many. What was marked or cancelled meanwhile is left out."""
    chosen = [
        found for found in markable_rewards(effort).select_for_update(of=("self",)) if found.pk in payments
    ]
    for payment in chosen:
        mark_paid(payment=payment, note_text=note_text, actor=actor)
    return len(chosen)
