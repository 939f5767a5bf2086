"""What is wrong with each row of a results file: one mark for each, and the stamps that it may claim.

Persons and submissions are compared by their HMACs; no id of a provider is needed here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Mark(StrEnum):
    """The gravest first: a row with several faults gets the first of them, and names the others beside it."""

    INCOMPLETE = "incomplete"
    TWO_WORKERS = "two_workers"
    REPEATED = "repeated"
    RETURNED = "returned"
    SHARED = "shared"
    REUSED = "reused"
    ELSEWHERE = "other_campaign"
    MISTYPED = "mistyped"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    TOO_FEW = "too_few"
    WORKER_TWICE = "worker_twice"
    TAKE_REJECTED = "take_rejected"
    OK = "ok"


# Rows whose stamps an admin can award to the person of the row, having looked at them.
CONFIRMABLE = frozenset({Mark.MISTYPED, Mark.SHARED})
# Rows that become no submission: whose work it is cannot be said.
WITHOUT_SUBMISSION = frozenset({Mark.INCOMPLETE, Mark.TWO_WORKERS, Mark.REPEATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStamp:
    """A stamp that exists, as far as a row may claim it."""

    key: int
    code: str
    is_of_this_effort: bool = True
    effort_name: str = ""
    claimed_by: str = ""  # the reference digest of the submission that used it
    claimed_when: str = ""
    earned_by: str = ""  # the worker digest of whoever earned it, where the provider sent them
    is_flagged: bool = False

    @property
    def name(self) -> str:
        """What the person wrote; stamps that nobody has to copy are not spelled out."""
        return self.code or "A stamp of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """One row: whom it is about, and what its answer turned out to name."""

    line: int
    person: str
    submission: str
    has_answer: bool
    stamps: tuple[KnownStamp, ...] = ()
    near: tuple[KnownStamp, ...] = ()  # one slip away from what was written
    unknown_codes: int = 0
    wrong_checks: int = 0  # of the right shape, but no code; and no stamp is one slip away
    owner_of_submission: str = ""  # the worker digest under which this submission is known already
    earlier_submissions: int = 0  # of this person, from before this file
    is_returned: bool = False  # the platform says that it was given up: nothing is due


@dataclass(slots=True, kw_only=True)
class MarkedRow:
    """The verdict on one row; `claims` are the stamps it gets when the file is applied."""

    line: int
    mark: Mark = Mark.OK
    also: tuple[Mark, ...] = ()
    reasons: tuple[str, ...] = ()
    claims: tuple[KnownStamp, ...] = ()
    given: tuple[KnownStamp, ...] = ()  # of the claims, those that an admin awarded


@dataclass(slots=True)
class Notes:
    """What was found about one row so far."""

    found: dict[Mark, list[str]] = field(default_factory=lambda: defaultdict(list))
    claims: list[KnownStamp] = field(default_factory=list)

    def add(self, mark: Mark, reason: str = "") -> None:
        self.found[mark].append(reason)


class Ledger:
    """Who in this file names which stamp, submission and person, so that rows can be judged against each other."""

    def __init__(self, rows: Sequence[RowFacts], *, confirmed: frozenset[int]) -> None:
        self.confirmed = confirmed
        self.persons_of_submission: dict[str, set[str]] = defaultdict(set)
        self.first_line: dict[str, int] = {}
        self.submissions_of_person: dict[str, dict[str, int]] = defaultdict(dict)
        for row in rows:
            if row.person and row.submission:
                self.persons_of_submission[row.submission].add(row.person)
                self.first_line.setdefault(row.submission, row.line)
                if not row.is_returned:
                    self.submissions_of_person[row.person].setdefault(row.submission, row.line)
        self.claimants: dict[int, list[RowFacts]] = defaultdict(list)
        for row in rows:
            if self.may_claim(row):
                for stamp in (*row.stamps, *row.near):
                    self.claimants[stamp.key].append(row)

    def may_claim(self, row: RowFacts) -> bool:
        is_whole = bool(row.person and row.submission) and not row.is_returned
        return is_whole and not self.is_contested(row) and not self.is_repeated(row)

    def is_contested(self, row: RowFacts) -> bool:
        known = self.persons_of_submission[row.submission] | {row.owner_of_submission or row.person}
        return len(known) > 1

    def is_repeated(self, row: RowFacts) -> bool:
        return self.first_line[row.submission] != row.line

    def holder(self, stamp: KnownStamp) -> RowFacts | None:
        """The row that gets a stamp nobody has used; None where several people name it and nobody was chosen."""
        rows = self.claimants[stamp.key]
        chosen = [row for row in rows if row.line in self.confirmed]
        persons = {row.person for row in rows}
        if chosen:
            return chosen[0]
        return rows[0] if len(persons) == 1 else None

    def others(self, stamp: KnownStamp, row: RowFacts) -> list[int]:
        return [other.line for other in self.claimants[stamp.key] if other.line != row.line]


def judge(
    rows: Sequence[RowFacts], *, units_wanted: int, confirmed: frozenset[int] = frozenset()
) -> list[MarkedRow]:
    """One mark for each row; `confirmed` are the lines whose stamps an admin awarded to their person."""
    ledger = Ledger(rows, confirmed=confirmed)
    return [judge_row(row, ledger=ledger, units_wanted=units_wanted) for row in rows]


def judge_row(row: RowFacts, *, ledger: Ledger, units_wanted: int) -> MarkedRow:
    if not (row.person and row.submission):
        missing = "person id" if not row.person else "submission id"
        return MarkedRow(line=row.line, mark=Mark.INCOMPLETE, reasons=(f"The {missing} is missing.",))
    if ledger.is_contested(row):
        return MarkedRow(line=row.line, mark=Mark.TWO_WORKERS, reasons=(contested_reason(row, ledger),))
    if ledger.is_repeated(row):
        first = ledger.first_line[row.submission]
        return MarkedRow(
            line=row.line, mark=Mark.REPEATED, reasons=(f"The same submission as line {first}.",)
        )
    if row.is_returned:
        return MarkedRow(line=row.line, mark=Mark.RETURNED, reasons=("Given up: nothing is due.",))
    notes = Notes()
    for stamp in row.stamps:
        note_stamp(stamp, row, ledger=ledger, notes=notes)
    for stamp in row.near:
        note_near(stamp, row, ledger=ledger, notes=notes)
    note_shortage(row, notes=notes, units_wanted=units_wanted)
    note_person(row, ledger=ledger, notes=notes)
    marked = conclude(row, notes=notes, has_enough=len(notes.claims) >= units_wanted)
    return remember_given(marked, row) if row.line in ledger.confirmed else marked


def remember_given(marked: MarkedRow, row: RowFacts) -> MarkedRow:
    """What an admin awarded stays visible: also that it was mistyped."""
    marked.given = marked.claims
    was_mistyped = any(stamp in row.near for stamp in marked.given)
    if was_mistyped and Mark.MISTYPED not in (marked.mark, *marked.also):
        marked.also = (*marked.also, Mark.MISTYPED)
    return marked


def contested_reason(row: RowFacts, ledger: Ledger) -> str:
    if len(ledger.persons_of_submission[row.submission]) > 1:
        return "This file gives the same submission to different people."
    return "This submission is known already, of another person."


def note_stamp(stamp: KnownStamp, row: RowFacts, *, ledger: Ledger, notes: Notes) -> None:
    if not stamp.is_of_this_effort:
        notes.add(Mark.ELSEWHERE, f"{stamp.name} was earned in '{stamp.effort_name}'.")
    elif stamp.claimed_by == row.submission:
        take(stamp, notes)
    elif stamp.claimed_by:
        notes.add(Mark.REUSED, f"{stamp.name} was used {used_where(stamp, ledger)}.")
    elif stamp.earned_by not in ("", row.person) and row.line not in ledger.confirmed:
        notes.add(Mark.SHARED, f"{stamp.name} was earned by another person.")
    else:
        note_unclaimed(stamp, row, ledger=ledger, notes=notes)


def note_unclaimed(stamp: KnownStamp, row: RowFacts, *, ledger: Ledger, notes: Notes) -> None:
    holder = ledger.holder(stamp)
    if holder is None:
        lines = ", ".join(map(str, ledger.others(stamp, row)[:5]))
        notes.add(Mark.SHARED, f"{stamp.name} is also named by other people: line {lines}.")
    elif holder.line == row.line:
        take(stamp, notes)
    else:
        notes.add(Mark.REUSED, f"{stamp.name} is used by line {holder.line} of this file.")


def used_where(stamp: KnownStamp, ledger: Ledger) -> str:
    line = ledger.first_line.get(stamp.claimed_by)
    where = f"by line {line} of this file" if line else "by an earlier submission"
    return f"{where}, {stamp.claimed_when}" if stamp.claimed_when else where


def note_near(stamp: KnownStamp, row: RowFacts, *, ledger: Ledger, notes: Notes) -> None:
    """What was meant counts once an admin has looked at it, or once this very submission has been given it."""
    is_settled = row.line in ledger.confirmed or stamp.claimed_by == row.submission
    free = stamp.is_of_this_effort and not stamp.claimed_by and stamp.earned_by in ("", row.person)
    if is_settled or not free or ledger.holder(stamp) is not row:
        note_stamp(stamp, row, ledger=ledger, notes=notes)
    else:
        notes.add(Mark.MISTYPED, f"One slip away from {stamp.code}.")


def take(stamp: KnownStamp, notes: Notes) -> None:
    notes.claims.append(stamp)
    if stamp.is_flagged:
        notes.add(Mark.TAKE_REJECTED, f"The take of {stamp.name} was rejected in review.")


def note_shortage(row: RowFacts, *, notes: Notes, units_wanted: int) -> None:
    if len(notes.claims) >= units_wanted:
        return
    if row.unknown_codes:
        notes.add(Mark.UNKNOWN, f"{row.unknown_codes} code{'s' * (row.unknown_codes > 1)} unknown here.")
    elif row.wrong_checks:
        notes.add(Mark.UNKNOWN, "It looks like a stamp, but its check symbol is wrong.")
    elif not row.has_answer and not row.stamps:
        notes.add(Mark.EMPTY, "No stamp was given.")
    elif not (row.stamps or row.near):
        notes.add(Mark.UNKNOWN, "The answer holds no stamp.")
    if units_wanted > 1 and (row.stamps or row.near):
        notes.add(Mark.TOO_FEW, f"{len(notes.claims)} of {units_wanted} stamps count.")


def note_person(row: RowFacts, *, ledger: Ledger, notes: Notes) -> None:
    lines = ledger.submissions_of_person[row.person]
    before = [line for line in lines.values() if line < row.line]
    if row.earlier_submissions:
        notes.add(Mark.WORKER_TWICE, "This person has submitted before.")
    elif before:
        notes.add(Mark.WORKER_TWICE, f"This person also submitted line {before[0]}.")


# Harmless beside enough stamps that count: people paste whatever they have.
EXCUSED = frozenset({Mark.REUSED, Mark.ELSEWHERE, Mark.MISTYPED})


def conclude(row: RowFacts, *, notes: Notes, has_enough: bool) -> MarkedRow:
    found = [mark for mark in Mark if mark in notes.found]
    grave = [mark for mark in found if not (has_enough and mark in EXCUSED)]
    mark = grave[0] if grave else Mark.OK
    return MarkedRow(
        line=row.line,
        mark=mark,
        also=tuple(other for other in found if other is not mark),
        reasons=tuple(reason for name in found for reason in notes.found[name] if reason),
        claims=tuple(notes.claims),
    )


def count_marks(marks: Iterable[Mark]) -> dict[Mark, int]:
    """In the order of the enumeration, without the marks that no row has; `ok` first."""
    counts: dict[Mark, int] = defaultdict(int)
    for mark in marks:
        counts[mark] += 1
    return {mark: counts[mark] for mark in (Mark.OK, *Mark) if counts[mark]}
