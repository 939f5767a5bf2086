"""Why a submission may be rejected: a fixed list of polite reasons, each with the words the person reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ShownToUser

OWN_WORDS = "own_words"
LONGEST_MESSAGE = 500
FAIRNESS = "If you think this is a mistake, please write to us: we look again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`words` are for the person and speak of the work, never of who did it; `category` is Prolific's name."""

    code: str
    label: str
    words: str
    category: str


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason(
            code="qc_failed_twice",
            label="Several takes were rejected in review",
            words="Thank you for your time. We listened to every take, and too few of them can be used.",
            category="FAILED_CHECK",
        ),
        Reason(
            code="takes_unusable",
            label="The takes cannot be used",
            words="Thank you for your time. We listened to your takes, and their sound cannot be used.",
            category="LOW_EFFORT",
        ),
        Reason(
            code="instructions_not_followed",
            label="The instructions were not followed",
            words="Thank you for your time. The takes do not follow the instructions on the recording page.",
            category="FAILED_INSTRUCTIONS",
        ),
        Reason(
            code="one_person_both_parts",
            label="One person read both parts",
            words="Thank you for your time. The work needs two people at once, and one voice reads both parts.",
            category="FAILED_INSTRUCTIONS",
        ),
        Reason(
            code="too_quick",
            label="Too quick to have been done",
            words="Thank you for your interest. The work was finished in less time than it takes.",
            category="TOO_QUICKLY",
        ),
        Reason(
            code="no_work",
            label="No finished work is stored",
            words="Thank you for your interest. No finished work of this submission has reached us.",
            category="NO_DATA",
        ),
        Reason(
            code="no_code",
            label="No stamp or code was given",
            words="Thank you for your interest. No work stamp was given, and we found no work that belongs to you.",
            category="NO_CODE",
        ),
        Reason(
            code="unknown_stamp",
            label="The stamp is not one of this work",
            words="Thank you for your interest. The work stamp that was given is not one we issued for your work.",
            category="BAD_CODE",
        ),
        Reason(code=OWN_WORDS, label="In your own words", words="", category="OTHER"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedTake:
    """A take that a reviewer rejected, by its public name, with the reviewer's reason where there is one."""

    name: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.reason.rstrip('.')})" if self.reason else self.name


def reason_named(code: str) -> Reason:
    """Raises ShownToUser `unknown_reason`."""
    if code not in REASONS:
        known = ", ".join(REASONS)
        raise ShownToUser(
            f"{code!r} is no reason for a rejection. Please choose one of: {known}.",
            code="unknown_reason",
            field="reason_code",
        )
    return REASONS[code]


def category_of(code: str) -> str:
    """Prolific's rejection category; a reason of an older version counts as other."""
    return REASONS[code].category if code in REASONS else REASONS[OWN_WORDS].category


def message_for(*, code: str, takes: Sequence[RejectedTake] = (), own_words: str = "") -> str:
    """What the person reads: the reason, the takes it is about with the reviewer's words, and the way to object.

    Takes that do not fit into the message are counted. Raises ShownToUser `reason_missing`.
    """
    words = " ".join(own_words.split()) or reason_named(code).words
    if not words:
        raise ShownToUser(
            "Please write in your own words why the submission is rejected: the person reads it.",
            code="reason_missing",
            field="own_words",
        )
    room = LONGEST_MESSAGE - len(FAIRNESS) - 2
    if len(words) > room:
        raise ShownToUser(
            f"The reason has {len(words)} characters: please say it in {room}.",
            code="reason_too_long",
            field="own_words",
        )
    cited = cite(takes, longest=room - len(words))
    return " ".join(part for part in (words, cited, FAIRNESS) if part)


def cite(takes: Sequence[RejectedTake], *, longest: int) -> str:
    """As many takes as fit, the rest as a number; "" where not even that fits."""
    for shown in range(len(takes), -1, -1):
        left_out = len(takes) - shown
        named = [str(take) for take in takes[:shown]] + ([f"{left_out} more"] if left_out and shown else [])
        sentence = f"Not accepted: {'; '.join(named)}." if named else ""
        if len(sentence) <= longest:
            return sentence
    return ""
