"""What the declared rules propose for each submission that waits: read from rows, nothing is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from recruitment.models import Anomaly, Decision, Effort, Participant, Submission, WorkStamp, WorkUnit
from recruitment.rules.anomaly_kinds import KINDS
from recruitment.rules.deciding import DecisionRules, Facts, Outcome, Take, TakeState, decide_by_rules

TAKE_STATES = {
    WorkUnit.State.DONE.value: TakeState.WAITING,
    WorkUnit.State.APPROVED.value: TakeState.ACCEPTED,
    WorkUnit.State.REJECTED.value: TakeState.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A submission with what a rule saw of it, and what follows."""

    submission: Submission
    facts: Facts
    outcome: Outcome
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def takes(self) -> tuple[Take, ...]:
        return self.facts.takes


def propose(*, effort: Effort, only: Collection[str] | None = None) -> list[Proposal]:
    """For every submission that waits for a decision (or for these public ids of them), oldest first."""
    rules = DecisionRules.from_json(effort.decision_rules)
    chosen = undecided(effort) if only is None else undecided(effort).filter(public_id__in=only)
    noted = noted_about_stamped_work(chosen)
    return [
        propose_one(submission, rules=rules, units_wanted=effort.units_wanted, noted=noted)
        for submission in with_evidence(chosen).order_by("submitted_at", "pk")
    ]


def undecided(effort: Effort) -> QuerySet[Submission]:
    """Finished at the provider, without a decision in force."""
    in_force = Decision.objects.exclude(state=Decision.State.UNDONE)
    submitted = effort.submissions.filter(state=Submission.State.SUBMITTED)
    return submitted.exclude(pk__in=in_force.filter(submission__effort=effort).values("submission"))


def with_evidence(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """All that `propose_one` reads, in a handful of queries however many submissions there are."""
    units = WorkUnit.objects.exclude(state=WorkUnit.State.OPEN).select_related("stamp").order_by("pk")
    stamps = WorkStamp.objects.select_related("work_unit__participant").order_by("pk")
    return submissions.select_related("participant").prefetch_related(
        Prefetch("stamps", queryset=stamps),
        Prefetch("participant__work_units", queryset=units),
        Prefetch("anomalies", queryset=open_anomalies()),
        Prefetch("participant__anomalies", queryset=open_anomalies()),
        Prefetch("stamps__work_unit__participant__anomalies", queryset=open_anomalies()),
    )


def open_anomalies() -> QuerySet[Anomaly]:
    return Anomaly.objects.filter(settled_at__isnull=True).order_by("pk")


def noted_about_stamped_work(submissions: QuerySet[Submission]) -> dict[str, list[Anomaly]]:
    """Open anomalies by the unit of work they are about, for all units whose stamps these submissions brought."""
    brought = WorkUnit.objects.filter(stamp__claimed_by__in=submissions.values("pk"))
    noted: dict[str, list[Anomaly]] = defaultdict(list)
    for anomaly in open_anomalies().filter(
        subject__in=brought.values("subject"), effort__in=submissions.values("effort")
    ):
        noted[anomaly.subject].append(anomaly)
    return noted


def propose_one(
    submission: Submission, *, rules: DecisionRules, units_wanted: int, noted: Mapping[str, Sequence[Anomaly]]
) -> Proposal:
    """`noted` are open anomalies by the unit of work they are about."""
    anomalies = anomalies_of(submission, noted)
    facts = Facts(
        takes=tuple(takes_of(submission)),
        units_wanted=units_wanted,
        doubts=tuple(doubts_about(submission, anomalies)),
    )
    outcome = decide_by_rules(facts=facts, rules=rules)
    return Proposal(submission=submission, facts=facts, outcome=outcome, anomalies=tuple(anomalies))


def proposal_for(*, submission: Submission) -> Proposal:
    """Of one submission, whatever its state."""
    chosen = Submission.objects.filter(pk=submission.pk)
    loaded = with_evidence(chosen).select_related("effort").get()
    rules = DecisionRules.from_json(loaded.effort.decision_rules)
    noted = noted_about_stamped_work(chosen)
    return propose_one(loaded, rules=rules, units_wanted=loaded.effort.units_wanted, noted=noted)


def takes_of(submission: Submission) -> list[Take]:
    """By the stamps it claimed, and the rest of its participant's work that no other submission claimed."""
    flags = {stamp.work_unit_id: stamp.flag for stamp in submission.stamps.all()}
    units = {stamp.work_unit_id: stamp.work_unit for stamp in submission.stamps.all()}
    for unit in submission.participant.work_units.all() if submission.participant else ():
        stamp = getattr(unit, "stamp", None)
        if stamp is not None and stamp.claimed_by_id not in (None, submission.pk):
            continue
        units.setdefault(unit.pk, unit)
        flags.setdefault(unit.pk, stamp.flag if stamp else "")
    finished = [unit for unit in units.values() if unit.state in TAKE_STATES]
    return [take_of(unit, flag=flags[unit.pk]) for unit in sorted(finished, key=lambda unit: unit.pk)]


def take_of(unit: WorkUnit, *, flag: str) -> Take:
    """Named and reviewed by whoever owns the work; work that nobody reviews counts as soon as it is done."""
    evidence: dict[str, Any] = unit.evidence
    state = TAKE_STATES[unit.state]
    if state == TakeState.WAITING and evidence.get("needs_review") is False:
        state = TakeState.ACCEPTED
    review = evidence.get("review")
    return Take(
        subject=unit.subject,
        name=str(evidence.get("title") or unit.subject),
        state=state,
        reason=str(review.get("reason", "")) if isinstance(review, dict) else "",
        flag=flag,
    )


def people_behind(submission: Submission) -> list[Participant]:
    """Its participant, and whoever earned the stamps it brought: without a bound participant, these alone."""
    bound = [submission.participant] if submission.participant is not None else []
    earned = [stamp.work_unit.participant for stamp in submission.stamps.all()]
    return list({person.pk: person for person in (*bound, *earned)}.values())


def anomalies_of(submission: Submission, noted: Mapping[str, Sequence[Anomaly]]) -> list[Anomaly]:
    """Open ones: `with_evidence` loads no others."""
    about = [*submission.anomalies.all()]
    for person in people_behind(submission):
        about += person.anomalies.all()
    for stamp in submission.stamps.all():
        about += noted.get(stamp.work_unit.subject, ())
    return list({anomaly.pk: anomaly for anomaly in about}.values())


def doubts_about(submission: Submission, anomalies: list[Anomaly]) -> list[str]:
    doubts = [f"{title_of(anomaly)}: look at the anomaly." for anomaly in anomalies]
    if any(person.has_withdrawn for person in people_behind(submission)):
        doubts.append("The people have withdrawn their recordings; the work itself was done.")
    return doubts


def title_of(anomaly: Anomaly) -> str:
    kind = KINDS.get(anomaly.kind)
    return kind.title if kind else anomaly.kind.replace("_", " ").capitalize()


def decided(effort: Effort) -> QuerySet[Decision]:
    """Decisions in force, newest first, with what a list shows of them."""
    in_force = Decision.objects.filter(submission__effort=effort).exclude(state=Decision.State.UNDONE)
    return in_force.select_related("submission", "decided_by").order_by("-decided_at", "-pk")
