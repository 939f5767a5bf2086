"""Ask providers what became of their submissions, and write down what was found."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core.errors import RetryLater, ShownToUser
from recruitment.channels import channel_named
from recruitment.channels.contract import Reconciliation
from recruitment.models import Effort, Submission
from recruitment.services.decisions import adopt_provider_decisions
from recruitment.services.payments import confirm

logger = logging.getLogger(__name__)

STILL_NEW_FOR = timedelta(days=60)  # submissions may come to a study of this age without having come to us
MOST_PROBLEMS = 20


def reconcile_effort(*, effort: Effort) -> Reconciliation:
    """What the provider's list changed here. Raises ShownToUser where somebody must act first, and RetryLater
    where the provider is away; either is kept for the effort's page."""
    try:
        outcome = channel_named(effort.channel).reconcile(effort=effort)
    except (ShownToUser, RetryLater) as trouble:
        note(effort, {"problems": [str(trouble)]})
        raise
    adopt_provider_decisions(effort=effort)
    for payment in outcome.paid:
        confirm(payment=payment)
    note(
        effort,
        {
            "seen": outcome.seen,
            "changed": outcome.changed,
            "unknown_here": outcome.unknown_here,
            "confirmed": len(outcome.paid),
            "problems": outcome.problems[:MOST_PROBLEMS],
        },
    )
    return outcome


def reconcile_all(*, channel: str) -> int:
    """Every effort of this channel about which a provider may still have news; how many were asked. An effort
    that needs somebody to act first does not keep the others waiting. Raises RetryLater for the whole channel."""
    asked = 0
    for effort in efforts_with_news(channel):
        try:
            reconcile_effort(effort=effort)
            asked += 1
        except ShownToUser as refusal:
            logger.warning("Effort %s was not reconciled: %s", effort.pk, refusal.message)
    return asked


def efforts_with_news(channel: str) -> QuerySet[Effort]:
    unsettled = Submission.objects.filter(effort=OuterRef("pk"), settled_at__isnull=True)
    waiting = unsettled.exclude(state=Submission.State.PURGED)
    is_new = Q(created_at__gt=timezone.now() - STILL_NEW_FOR)
    return Effort.objects.filter(is_new | Exists(waiting), channel=channel).order_by("pk")


def note(effort: Effort, found: dict[str, object]) -> None:
    effort.reconciled_at, effort.reconciliation = timezone.now(), found
    effort.save(update_fields=["reconciled_at", "reconciliation"])
