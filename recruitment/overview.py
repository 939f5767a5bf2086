"""An effort in numbers, and the one thing that its admin should do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.urls import reverse

from recruitment.channels import channel_named
from recruitment.models import Decision, Effort, Payment, Submission, WorkUnit
from recruitment.proposals import propose
from recruitment.rules.money import money
from recruitment.services.payments import sendable as sendable_payments

UNPAID = (Payment.State.OWED, Payment.State.SENDING, Payment.State.FAILED)
PAID = (Payment.State.SENT, Payment.State.CONFIRMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the way that people take; `share` of the first step, in percent."""

    title: str
    count: int
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    sentence: str
    label: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for the admin."""

    clear: int
    doubtful: int
    unsent: int
    refused: int
    payments: int
    anomalies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Money of some states: by currency, as text; "0" where there is none."""

    owed: str
    paid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortLine:
    """One effort in the list."""

    effort: Effort
    channel_title: str
    entered: int
    waiting: int
    sums: Sums


def submission_counts(effort: Effort) -> dict[str, int]:
    """By state, zeros included."""
    counts = dict.fromkeys(Submission.State.values, 0)
    for row in effort.submissions.values("state").annotate(count=Count("id")):
        counts[row["state"]] = row["count"]
    return counts


def funnel_of(effort: Effort) -> list[Step]:
    """From arriving to approval; a step that the channel does not have is left out."""
    counts = submission_counts(effort)
    began = effort.participants.annotate(
        done=Count("work_units", filter=~Q(work_units__state=WorkUnit.State.OPEN))
    )
    arrived = sum(counts.values())
    handed_in = arrived - counts[Submission.State.ENTERED] - counts[Submission.State.RETURNED]
    approved = decided_count(effort, Decision.Verdict.APPROVE)
    steps = [
        ("Agreed and began", began.count()),
        ("Finished something", began.filter(done__gte=1).count()),
        (f"Finished all {effort.units_wanted}", began.filter(done__gte=effort.units_wanted).count()),
        ("Submitted", handed_in),
        ("Approved", approved),
    ]
    if effort.units_wanted == 1:
        del steps[2]
    if not channel_named(effort.channel).tells_nobody:
        steps.insert(0, ("Arrived from the platform", arrived))
    widest = max((count for _, count in steps), default=0) or 1
    return [Step(title=title, count=count, share=round(100 * count / widest)) for title, count in steps]


def decided_count(effort: Effort, verdict: str) -> int:
    decisions = Decision.objects.filter(submission__effort=effort, verdict=verdict)
    return decisions.exclude(state=Decision.State.UNDONE).count()


def sums_of(effort: Effort) -> Sums:
    return Sums(owed=sum_of(effort, UNPAID), paid=sum_of(effort, PAID))


def sum_of(effort: Effort, states: tuple[Payment.State, ...]) -> str:
    payments = Payment.objects.filter(submission__effort=effort, state__in=states)
    totals = payments.values("currency").annotate(total=Sum("amount_minor")).order_by("currency")
    return ", ".join(money(row["total"], row["currency"]) for row in totals) or "0"


def waiting_in(effort: Effort) -> Waiting:
    clear = [proposal.outcome.is_clear for proposal in propose(effort=effort)]
    channel = channel_named(effort.channel)
    decisions = Decision.objects.filter(submission__effort=effort)
    unsent = decisions.filter(state=Decision.State.DECIDED).count()
    return Waiting(
        clear=sum(clear),
        doubtful=len(clear) - sum(clear),
        unsent=0 if channel.tells_nobody else unsent,
        refused=decisions.filter(state=Decision.State.FAILED).count(),
        payments=payments_to_make(effort),
        anomalies=effort.anomalies.filter(settled_at__isnull=True).count(),
    )


def payments_to_make(effort: Effort) -> int:
    """Those that somebody has to send or to make by hand; rewards that go with an approval are not among them."""
    channel = channel_named(effort.channel)
    if channel.has_api:
        return sendable_payments(effort).count()
    owed = Payment.objects.filter(submission__effort=effort, state=Payment.State.OWED)
    return owed.exclude(kind=Payment.Kind.REWARD).count() if channel.pays_rewards else owed.count()


def next_action(*, effort: Effort, waiting: Waiting) -> NextAction:
    """The first that applies, in the order in which people wait for it."""
    decisions, ledger = (reverse(name, args=[effort.pk]) for name in ("effort-decisions", "effort-ledger"))
    if waiting.clear:
        return NextAction(
            sentence=f"{number(waiting.clear, 'submission')} can be decided by your rules.",
            label="Look at the clear ones",
            address=f"{decisions}?show=clear",
        )
    if waiting.doubtful:
        sentence = (
            f"{number(waiting.doubtful, 'submission')} {'needs' if waiting.doubtful == 1 else 'need'} you."
        )
        return NextAction(
            sentence=sentence, label="Decide the doubtful ones", address=f"{decisions}?show=doubtful"
        )
    if waiting.unsent or waiting.refused:
        sentence = f"{number(waiting.unsent + waiting.refused, 'decision')} not yet with the platform."
        return NextAction(
            sentence=sentence, label="See what is not sent", address=f"{decisions}?show=decided"
        )
    if waiting.payments:
        return NextAction(
            sentence=f"{number(waiting.payments, 'payment')} owed.", label="Open the ledger", address=ledger
        )
    if waiting.anomalies:
        return NextAction(
            sentence=f"{number(waiting.anomalies, 'anomaly', 'anomalies')} to look at.",
            label="Look at the anomalies",
            address=reverse("effort-anomalies", args=[effort.pk]),
        )
    return NextAction(sentence="Nothing waits for you. New submissions appear here by themselves.")


def number(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
