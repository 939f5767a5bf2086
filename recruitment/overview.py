"""An effort in numbers, and the one thing that its admin should do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse

from recruitment.channels import channel_named
from recruitment.channels.open import finished_without_submission
from recruitment.entrances import Work, work_of
from recruitment.models import Decision, Effort, Payment, ProviderFile, Submission, WorkUnit
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
    to_review: int = 0
    to_take_in: int = 0


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
    """From arriving to approval, of those who work here; a step that the channel does not have is left out."""
    began = effort.participants.annotate(
        done=Count("work_units", filter=~Q(work_units__state=WorkUnit.State.OPEN))
    )
    steps = [
        ("Agreed and began", began.count()),
        ("Finished something", began.filter(done__gte=1).count()),
        (f"Finished all {effort.units_wanted}", began.filter(done__gte=effort.units_wanted).count()),
        ("Submitted", handed_in(effort).filter(has_work()).distinct().count()),
        ("Approved", approved_with_work(effort)),
    ]
    if effort.units_wanted == 1:
        del steps[2]
    if channel_named(effort.channel).settings_form.knows_who_arrives(effort.channel_settings):
        steps.insert(0, ("Arrived from the platform", effort.submissions.count()))
    widest = max((count for _, count in steps), default=0) or 1
    return [Step(title=title, count=count, share=round(100 * count / widest)) for title, count in steps]


def handed_in(effort: Effort) -> QuerySet[Submission]:
    return effort.submissions.exclude(state__in=[Submission.State.ENTERED, Submission.State.RETURNED])


def has_work() -> Q:
    """Of a submission: it brought a stamp, or its person has finished something."""
    finished = WorkUnit.objects.exclude(state=WorkUnit.State.OPEN)
    return Q(stamps__isnull=False) | Q(participant__in=finished.values("participant"))


def approved_with_work(effort: Effort) -> int:
    decisions = Decision.objects.filter(verdict=Decision.Verdict.APPROVE).exclude(state=Decision.State.UNDONE)
    approved = effort.submissions.filter(pk__in=decisions.values("submission"))
    return approved.filter(has_work()).distinct().count()


def submitted_without_work(effort: Effort) -> int:
    """Rows of a platform, mostly, that name no stamp of ours: they take no step of the funnel before."""
    submitted = handed_in(effort)
    return submitted.count() - submitted.filter(has_work()).distinct().count()


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
        to_review=takes_to_review(effort),
        to_take_in=finished_without_submission(effort).count() if channel.tells_nobody else 0,
    )


def takes_to_review(effort: Effort) -> int:
    """Finished work that somebody has to listen to; of people who have withdrawn nothing is left to hear."""
    waiting = WorkUnit.objects.filter(
        participant__effort=effort, participant__withdrawn_at__isnull=True, state=WorkUnit.State.DONE
    )
    needed = waiting.values_list("evidence__needs_review", flat=True)
    return sum(is_needed is not False for is_needed in needed)


def payments_to_make(effort: Effort) -> int:
    """Those that somebody has to send or to make by hand; rewards that go with an approval are not among them."""
    channel = channel_named(effort.channel)
    if channel.has_api:
        return sendable_payments(effort).count()
    owed = Payment.objects.filter(submission__effort=effort, state=Payment.State.OWED)
    return owed.exclude(kind=Payment.Kind.REWARD).count() if channel.pays_rewards else owed.count()


def next_action(*, effort: Effort, waiting: Waiting) -> NextAction:
    """The first that applies, in the order in which people wait for it."""
    work = work_of(effort=effort)
    for action in (*to_decide(effort, waiting, work), *to_settle(effort, waiting)):
        if action is not None:
            return action
    missing = missing_for(effort, work)
    return missing[0] if missing else nothing_waits(effort)


def to_decide(effort: Effort, waiting: Waiting, work: Work | None) -> list[NextAction | None]:
    """Takes come before the doubtful submissions: most of these are in doubt because a take waits."""
    decisions = reverse("effort-decisions", args=[effort.pk])
    clear = NextAction(
        sentence=f"{number(waiting.clear, 'submission')} can be decided by your rules.",
        label="Look at the clear ones",
        address=f"{decisions}?show=clear",
    )
    review = NextAction(
        sentence=f"{number(waiting.to_review, 'take')} {'waits' if waiting.to_review == 1 else 'wait'} for review.",
        label="Review" if work and work.review else "See the doubtful ones",
        address=work.review if work and work.review else f"{decisions}?show=doubtful",
    )
    take_in = NextAction(
        sentence=f"{number(waiting.to_take_in, 'session')} finished all work and can be taken in.",
        label="Take in finished work",
        address=f"{decisions}?show=clear",
    )
    doubtful = NextAction(
        sentence=f"{number(waiting.doubtful, 'submission')} {'needs' if waiting.doubtful == 1 else 'need'} you.",
        label="Decide the doubtful ones",
        address=f"{decisions}?show=doubtful",
    )
    return [
        clear if waiting.clear else None,
        review if waiting.to_review else None,
        take_in if waiting.to_take_in else None,
        doubtful if waiting.doubtful else None,
    ]


def to_settle(effort: Effort, waiting: Waiting) -> list[NextAction | None]:
    """What is left of submissions that are decided, and what only deserves a look."""
    untold = waiting.unsent + waiting.refused
    tell = NextAction(
        sentence=f"{number(untold, 'decision')} not yet with the platform.",
        label="See what is not sent",
        address=f"{reverse('effort-decisions', args=[effort.pk])}?show=decided",
    )
    pay = NextAction(
        sentence=f"{number(waiting.payments, 'payment')} owed.",
        label="Open the ledger",
        address=reverse("effort-ledger", args=[effort.pk]),
    )
    look = NextAction(
        sentence=f"{number(waiting.anomalies, 'anomaly', 'anomalies')} to look at.",
        label="Look at the anomalies",
        address=reverse("effort-anomalies", args=[effort.pk]),
    )
    return [
        tell if untold else None,
        pay if waiting.payments else None,
        look if waiting.anomalies else None,
    ]


def missing_for(effort: Effort, work: Work | None) -> list[NextAction]:
    """What keeps people from coming: settings of the channel, and work that is not open."""
    found = channel_named(effort.channel).settings_form.missing_in(effort.channel_settings)
    settings = reverse("effort-settings", args=[effort.pk])
    missing = [NextAction(sentence=sentence, label="Settings", address=settings) for sentence in found]
    if work and not work.is_open:
        sentence = f"The {work.title} is not open ({work.state}): nobody can come in."
        missing.append(
            NextAction(sentence=sentence, label=f"Open the {work.title}'s page", address=work.page)
        )
    return missing


def nothing_waits(effort: Effort) -> NextAction:
    """Where a platform is read by files, nothing appears before somebody brings one."""
    channel = channel_named(effort.channel)
    if channel.has_api:
        return NextAction(sentence="Nothing waits for you. New submissions appear here by themselves.")
    if channel.tells_nobody:
        return NextAction(sentence="Nothing waits for you. Finished work appears here, to be taken in.")
    return NextAction(
        sentence="Nothing waits for you. Bring the platform's results file once people have submitted.",
        label="Results files",
        address=reverse("effort-import", args=[effort.pk]),
    )


def only_file_of(effort: Effort) -> ProviderFile | None:
    """The one results file of this effort that is applied and still here; None where there are none or several."""
    files = effort.provider_files.filter(applied_at__isnull=False, purged_at__isnull=True)[:2]
    return files[0] if len(files) == 1 else None


def number(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
