"""The open link: anybody who has it takes part; nobody is known, nobody is paid by us."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from core.errors import ShownToUser
from recruitment.channels.contract import Arrival, Channel, Departure, Reconciliation
from recruitment.forms.platform_settings import OpenSettingsForm
from recruitment.models import Decision, Effort, Participant, Payment, Submission, WorkUnit


class OpenChannel(Channel):
    name = "open"
    title = "Open link"
    describes = (
        "Anybody with the link or its QR code takes part. Stamps prove the work to whoever asks for them."
    )
    has_api = False
    tells_nobody = True
    settings_form = OpenSettingsForm

    def enter(self, *, effort: Effort, parameters: Mapping[str, str]) -> Arrival | None:
        return None

    def finish(self, *, submission: Submission | None, effort: Effort, units_done: int) -> Departure:
        if not effort.channel_settings.get("shows_stamps", True):
            return Departure(sentence="Thank you. Everything is stored.", shows_stamps=False)
        return Departure(sentence="Thank you. Your work stamps prove what you did to whoever asks for them.")

    def reconcile(self, *, effort: Effort) -> Reconciliation:
        """Nobody lists submissions here: whoever has finished all units of work has handed one in."""
        with transaction.atomic():
            Effort.objects.select_for_update().get(pk=effort.pk)
            finished = list(finished_without_submission(effort))
            for participant in finished:
                Submission.objects.create(
                    effort=effort,
                    participant=participant,
                    state=Submission.State.SUBMITTED,
                    submitted_at=timezone.now(),
                )
        return Reconciliation(seen=len(finished), changed=len(finished))

    def decide(self, *, decision: Decision) -> None:
        """Nobody is told: a decision on an open link is for our own books."""

    def pay(self, *, payment: Payment) -> str:
        raise ShownToUser(
            "An open link has no provider that could pay. Export the ledger and pay outside Realm.",
            code="channel_cannot_pay",
        )


def finished_without_submission(effort: Effort) -> QuerySet[Participant]:
    units = Count("work_units", filter=~Q(work_units__state=WorkUnit.State.OPEN))
    return (
        effort.participants.filter(submissions__isnull=True)
        .annotate(units_done=units)
        .filter(units_done__gte=max(effort.units_wanted, 1))
        .order_by("pk")
    )
