"""Which column of a results file means what: known for Mechanical Turk, chosen by the admin for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import ShownToUser
from recruitment.rules.results_file import place

MTURK = "mturk"
OTHER = "other"
MTURK_PERSON = "WorkerId"
MTURK_SUBMISSION = "AssignmentId"
MTURK_ANSWERS = "answer."
MTURK_SURVEY_CODE = "answer.surveycode"
APPROVE = "Approve"
REJECT = "Reject"
DECISION = "Realm decision"
REASON = "Realm reason"
OURS = {name.casefold() for name in (APPROVE, REJECT, DECISION, REASON)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Places in the header, from 0; None where the file has no such column."""

    layout: str
    person: int
    submission: int
    code: int
    group: int | None = None
    state: int | None = None
    time: int | None = None
    approves_itself: int | None = None
    work_time: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> Columns:
        return Columns(**{name: kept[name] for name in Columns.__dataclass_fields__ if name in kept})


def is_mturk(header: Sequence[str]) -> bool:
    """Whether these are batch results of Mechanical Turk."""
    known = {name.casefold() for name in header}
    return {MTURK_PERSON.casefold(), MTURK_SUBMISSION.casefold()} <= known


def recognise(header: Sequence[str], *, remembered: Mapping[str, str]) -> Columns | None:
    """What the columns mean, without asking; None where an admin must say it.

    `remembered` are the names that were chosen for an earlier file of this effort. Raises ShownToUser
    `column_repeated` where a column that decides whom a row is about stands there twice.
    """
    if is_mturk(header):
        return recognise_mturk(header, remembered=remembered)
    if remembered and all(name in header for name in remembered.values() if name):
        return choose(header, names=remembered)
    return None


def recognise_mturk(header: Sequence[str], *, remembered: Mapping[str, str]) -> Columns | None:
    code = mturk_code_column(header, remembered=remembered)
    return None if code is None else mturk_columns(header, code=code)


def mturk_columns(header: Sequence[str], *, code: int) -> Columns:
    for name in (MTURK_PERSON, MTURK_SUBMISSION, APPROVE, REJECT):
        refuse_repeated(name, header)
    return Columns(
        layout=MTURK,
        person=found(MTURK_PERSON, header),
        submission=found(MTURK_SUBMISSION, header),
        code=code,
        group=place("HITId", header),
        state=place("AssignmentStatus", header),
        time=place("SubmitTime", header),
        approves_itself=place("AutoApprovalTime", header),
        work_time=place("WorkTimeInSeconds", header),
    )


def mturk_code_column(header: Sequence[str], *, remembered: Mapping[str, str]) -> int | None:
    """The template's own column, the one chosen before, or the only answer; None where several could be it."""
    answers = [index for index, name in enumerate(header) if name.casefold().startswith(MTURK_ANSWERS)]
    for wanted in (remembered.get("code", ""), MTURK_SURVEY_CODE):
        chosen = [index for index in answers if header[index].casefold() == wanted.casefold()]
        if len(chosen) == 1:
            return chosen[0]
    return answers[0] if len(answers) == 1 else None


def choose(header: Sequence[str], *, names: Mapping[str, str]) -> Columns:
    """The columns an admin named: person, submission and code, perhaps state and time."""
    if is_mturk(header):
        return mturk_columns(header, code=needed("code", names, header))
    return Columns(
        layout=OTHER,
        person=needed("person", names, header),
        submission=needed("submission", names, header),
        code=needed("code", names, header),
        state=optional("state", names, header),
        time=optional("time", names, header),
    )


def needed(meaning: str, names: Mapping[str, str], header: Sequence[str]) -> int:
    index = optional(meaning, names, header)
    if index is None:
        raise ShownToUser(
            f"No column is chosen for the {meaning}. Please choose one of the file's columns.",
            code="column_missing",
            field=meaning,
        )
    return index


def optional(meaning: str, names: Mapping[str, str], header: Sequence[str]) -> int | None:
    name = names.get(meaning, "")
    if not name:
        return None
    refuse_repeated(name, header)
    index = place(name, header)
    if index is None:
        raise ShownToUser(
            f"The file has no column '{name}' for the {meaning}. It has: {', '.join(choices(header))}.",
            code="column_missing",
            field=meaning,
        )
    return index


def choices(header: Sequence[str]) -> list[str]:
    """The names an admin may choose from, each once, without those that we write ourselves."""
    return [name for name in dict.fromkeys(header) if name and name.casefold() not in OURS]


def refuse_repeated(name: str, header: Sequence[str]) -> None:
    if Counter(known.casefold() for known in header)[name.casefold()] > 1:
        raise ShownToUser(
            f"The header has the column '{name}' more than once, so it is not clear which one counts. "
            "Please delete or rename the others.",
            code="column_repeated",
            field="file",
        )


def found(name: str, header: Sequence[str]) -> int:
    index = place(name, header)
    if index is None:  # only called once the header is known to have it
        raise ShownToUser(f"The file has no column '{name}'.", code="column_missing", field="file")
    return index
