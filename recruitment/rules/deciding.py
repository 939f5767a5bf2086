"""Which submissions are clear by the rules an effort declares, and why the others need a person; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from core.errors import ShownToUser
from recruitment.rules.reasons import REASONS, RejectedTake, message_for

APPROVE = "approve"
REJECT = "reject"
BY_HAND = "by hand"
BY_PROVIDER = "by the provider"
RULE_WORDS = {
    "all_accepted": "all takes accepted",
    "k_accepted": "enough takes accepted",
    "reject_after": "too many takes rejected",
}
# A take that review has rejected is counted as such; the flag on its stamp says nothing more.
FLAG_OF_REJECTED_TAKE = "take_rejected"


class ApproveWhen(StrEnum):
    ALL = "all_accepted"
    SOME = "k_accepted"


class TakeState(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRules:
    """What an effort declares. `reject_after` rejected takes reject the submission; 0 leaves that to people."""

    approve_when: ApproveWhen = ApproveWhen.ALL
    accepted_needed: int = 1  # counts only for `k_accepted`
    reject_after: int = 0
    reject_reason: str = "qc_failed_twice"

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> DecisionRules:
        """Raises ShownToUser `bad_rule`, with the name and the value that is wrong."""
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        for name in ("accepted_needed", "reject_after"):
            if not isinstance(known.get(name, 0), int) or known.get(name, 0) < 0:
                raise bad_rule(name, known[name], "a whole number from 0")
        if known.get("approve_when", ApproveWhen.ALL) not in list(ApproveWhen):
            raise bad_rule("approve_when", known["approve_when"], " or ".join(ApproveWhen))
        if known.get("reject_reason", "qc_failed_twice") not in REASONS:
            raise bad_rule("reject_reason", known["reject_reason"], ", ".join(REASONS))
        known["approve_when"] = ApproveWhen(known.get("approve_when", ApproveWhen.ALL))
        return cls(**known)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def describe(self, *, units_wanted: int) -> list[str]:
        """The rules as sentences."""
        number = max(units_wanted, 1)
        approve = f"all takes are accepted, at least {number}"
        if self.approve_when == ApproveWhen.SOME:
            approve = f"{self.accepted_needed} of {max(number, self.accepted_needed)} takes are accepted"
        sentences = [f"Approve when {approve}."]
        if self.reject_after:
            label = REASONS[self.reject_reason].label.lower()
            sentences.append(f"Reject when {self.reject_after} takes were rejected in review: {label}.")
        else:
            sentences.append("Never reject by rule: a person decides.")
        return [*sentences, "Everything else waits for a person."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A finished unit of work as a rule sees it; `subject` is `kind:public id`."""

    subject: str
    name: str
    state: TakeState
    reason: str = ""  # the reviewer's
    flag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a rule may look at. `doubts` are sentences about what somebody should look at first."""

    takes: tuple[Take, ...]
    units_wanted: int
    doubts: tuple[str, ...] = ()

    def count(self, state: TakeState) -> int:
        return sum(take.state == state for take in self.takes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A verdict with its reason, or none and the doubts that keep the rules from giving one."""

    verdict: str = ""
    rule: str = ""
    reason_code: str = ""
    message: str = ""
    doubts: tuple[str, ...] = field(default=())

    @property
    def is_clear(self) -> bool:
        return bool(self.verdict)


def decide_by_rules(*, facts: Facts, rules: DecisionRules) -> Outcome:
    """Any doubt goes to a person; then approval is tried before rejection, and no rejection while takes wait."""
    doubts = [*facts.doubts, *flags_of(facts.takes)]
    if doubts:
        return Outcome(doubts=tuple(doubts))
    if not facts.takes:
        return Outcome(doubts=("No finished work belongs to this submission.",))
    if is_approved(facts, rules):
        return Outcome(verdict=APPROVE, rule=rules.approve_when.value)
    waiting = facts.count(TakeState.WAITING)
    if waiting:
        return Outcome(doubts=(f"{counted(waiting, 'take')} {verb(waiting)} for review.",))
    if rules.reject_after and facts.count(TakeState.REJECTED) >= rules.reject_after:
        return rejection(facts, rules)
    return Outcome(doubts=(too_few(facts, rules),))


def is_approved(facts: Facts, rules: DecisionRules) -> bool:
    accepted = facts.count(TakeState.ACCEPTED)
    if rules.approve_when == ApproveWhen.SOME:
        return accepted >= max(rules.accepted_needed, 1)
    return accepted == len(facts.takes) and accepted >= facts.units_wanted


def rejection(facts: Facts, rules: DecisionRules) -> Outcome:
    message = message_for(code=rules.reject_reason, takes=rejected_takes(facts.takes))
    return Outcome(verdict=REJECT, rule="reject_after", reason_code=rules.reject_reason, message=message)


def rejected_takes(takes: Sequence[Take]) -> list[RejectedTake]:
    return [
        RejectedTake(name=take.name, reason=take.reason) for take in takes if take.state == TakeState.REJECTED
    ]


def flags_of(takes: Sequence[Take]) -> list[str]:
    return [
        f"{take.name} is flagged: {take.flag.replace('_', ' ')}."
        for take in takes
        if take.flag not in ("", FLAG_OF_REJECTED_TAKE)
    ]


def too_few(facts: Facts, rules: DecisionRules) -> str:
    accepted, rejected = facts.count(TakeState.ACCEPTED), facts.count(TakeState.REJECTED)
    wanted = rules.accepted_needed if rules.approve_when == ApproveWhen.SOME else facts.units_wanted
    return f"{accepted} accepted and {rejected} rejected of {counted(max(wanted, len(facts.takes)), 'take')}."


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def verb(number: int) -> str:
    return "waits" if number == 1 else "wait"


def bad_rule(name: str, value: object, allowed: str) -> ShownToUser:
    return ShownToUser(
        f"The decision rule {name} is {value!r}. Please use {allowed}.", code="bad_rule", field=name
    )
