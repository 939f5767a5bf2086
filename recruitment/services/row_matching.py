"""Look up what the rows of a results file name, in a few queries for the whole file, and mark each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from recruitment.codes import codes_in, near_codes_in, wrong_checks_in
from recruitment.models import Effort, Participant, Submission, WorkStamp
from recruitment.pseudonyms import provider_digest
from recruitment.rules.marks import KnownStamp, MarkedRow, RowFacts, judge
from recruitment.rules.platform_cells import state_of
from recruitment.rules.results_columns import Columns
from recruitment.rules.results_file import ResultsFile, Row
from recruitment.services.stamps import stamps_by_code

T = TypeVar("T")
LOOKED_UP_AT_ONCE = 500
# Whoever chose the column of comments waits seconds, not minutes: prose is full of pieces one slip from a code.
SLIPS_SOUGHT_IN = 200


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MatchedRow:
    """A row with its mark. It holds a person's ids in clear, so it has no repr and is never stored."""

    row: Row
    facts: RowFacts
    marked: MarkedRow
    person: str
    reference: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReadRow:
    """A row before anything is looked up."""

    row: Row
    person: str
    reference: str
    person_digest: str
    reference_digest: str
    answer: str
    codes: tuple[str, ...]
    is_returned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database says about everything that one file names."""

    stamps: dict[str, KnownStamp]
    near: dict[str, dict[str, list[str]]]  # answer -> what was written -> codes one slip away
    owners: dict[str, str]  # reference digest -> worker digest
    participants: dict[str, int]  # reference or worker digest -> participant
    stamps_of: dict[int, list[KnownStamp]]  # participant -> stamps they earned and may use without copying
    earlier: dict[str, set[str]]  # worker digest -> reference digests from before this file


def match_rows(
    *,
    effort: Effort,
    results: ResultsFile,
    columns: Columns,
    confirmed: frozenset[int] = frozenset(),
    since: datetime,
) -> list[MatchedRow]:
    """Every row that is not blank, in the order of the file. `since` is when the file came."""
    read = [read_row(effort, row, columns) for row in results.data_rows()]
    known = look_up(effort, read, since=since)
    facts = [facts_of(row, known) for row in read]
    marked = judge(facts, units_wanted=effort.units_wanted, confirmed=confirmed)
    return [
        MatchedRow(
            row=one.row,
            facts=fact,
            marked=mark,
            person=one.person,
            reference=one.reference,
            group=one.row.text(columns.group),
        )
        for one, fact, mark in zip(read, facts, marked, strict=True)
    ]


def read_row(effort: Effort, row: Row, columns: Columns) -> ReadRow:
    person, reference, answer = (
        row.text(columns.person),
        row.text(columns.submission),
        row.text(columns.code),
    )
    return ReadRow(
        row=row,
        person=person,
        reference=reference,
        person_digest=provider_digest(effort=effort, text=person, kind="worker"),
        reference_digest=provider_digest(effort=effort, text=reference, kind="reference"),
        answer=answer,
        codes=tuple(codes_in(answer)),
        is_returned=state_of(row.text(columns.state)) == Submission.State.RETURNED,
    )


def look_up(effort: Effort, rows: Sequence[ReadRow], *, since: datetime) -> Known:
    exact = known_stamps(effort, (code for row in rows for code in row.codes))
    short = {
        row.answer
        for row in rows
        if row.answer and sum(code in exact for code in row.codes) < effort.units_wanted
    }
    near = {answer: near_codes_in(answer[:SLIPS_SOUGHT_IN]) for answer in short}
    slips = known_stamps(
        effort, (code for pieces in near.values() for codes in pieces.values() for code in codes)
    )
    references = {row.reference_digest for row in rows} - {""}
    persons = {row.person_digest for row in rows} - {""}
    owners, participants = known_submissions(effort, references)
    participants |= known_people(effort, persons)
    return Known(
        stamps=slips | exact,
        near=near,
        owners=owners,
        participants=participants,
        stamps_of=earned_by(effort, set(participants.values())),
        earlier=earlier_submissions(effort, persons, but_not=references, since=since),
    )


def known_stamps(effort: Effort, codes: Iterable[str]) -> dict[str, KnownStamp]:
    found = stamps_by_code(dict.fromkeys(codes))
    return {code: as_known(stamp, code, effort) for code, stamp in found.items()}


def as_known(stamp: WorkStamp, code: str, effort: Effort) -> KnownStamp:
    owner, user = stamp.work_unit.participant, stamp.claimed_by
    return KnownStamp(
        key=stamp.pk,
        code=code,
        is_of_this_effort=owner.effort_id == effort.pk,
        effort_name=owner.effort.name,
        claimed_by="" if user is None else user.reference_digest or f"submission {user.pk}",
        claimed_when=f"on {stamp.claimed_at:%-d %B %Y}" if stamp.claimed_at else "",
        earned_by=owner.provider_pseudonym,
        is_flagged=bool(stamp.flag),
    )


def known_submissions(effort: Effort, references: Iterable[str]) -> tuple[dict[str, str], dict[str, int]]:
    """Whose these submissions are: the worker digests, and the participants where somebody came by a link."""
    owners: dict[str, str] = {}
    participants: dict[str, int] = {}
    for some in in_batches(references):
        found = effort.submissions.filter(reference_digest__in=some)
        for reference, worker, participant in found.values_list(
            "reference_digest", "worker_digest", "participant_id"
        ):
            owners[reference] = worker
            if participant is not None:
                participants[reference] = participant
    return owners, participants


def known_people(effort: Effort, persons: Iterable[str]) -> dict[str, int]:
    named: dict[str, int] = {}
    for some in in_batches(persons):
        found = Participant.objects.filter(effort=effort, provider_pseudonym__in=some)
        named.update(found.values_list("provider_pseudonym", "pk"))
    return named


def earned_by(effort: Effort, participants: Iterable[int]) -> dict[int, list[KnownStamp]]:
    """The stamps of those whom the provider sent: nobody has to copy them. They have no code here."""
    earned: dict[int, list[KnownStamp]] = defaultdict(list)
    for some in in_batches(participants):
        stamps = WorkStamp.objects.filter(work_unit__participant__in=some)
        for stamp in stamps.select_related("work_unit__participant__effort", "claimed_by"):
            earned[stamp.work_unit.participant_id].append(as_known(stamp, "", effort))
    return earned


def earlier_submissions(
    effort: Effort, persons: Iterable[str], *, but_not: set[str], since: datetime
) -> dict[str, set[str]]:
    """Those that were finished at the platform; whoever merely followed a link has submitted nothing."""
    earlier: dict[str, set[str]] = defaultdict(set)
    for some in in_batches(persons):
        found = effort.submissions.filter(worker_digest__in=some, entered_at__lt=since)
        found = found.exclude(state__in=[Submission.State.ENTERED, Submission.State.RETURNED])
        for worker, reference in found.values_list("worker_digest", "reference_digest"):
            if reference not in but_not:
                earlier[worker].add(reference)
    return earlier


def facts_of(row: ReadRow, known: Known) -> RowFacts:
    stamps = {known.stamps[code].key: known.stamps[code] for code in row.codes if code in known.stamps}
    participant = known.participants.get(row.reference_digest) or known.participants.get(row.person_digest)
    for stamp in known.stamps_of.get(participant or 0, []):
        if not stamp.claimed_by or stamp.claimed_by == row.reference_digest:
            stamps.setdefault(stamp.key, stamp)
    slips = [one_of(codes, known.stamps) for codes in known.near.get(row.answer, {}).values()]
    near = {stamp.key: stamp for stamp in slips if stamp is not None and stamp.key not in stamps}
    return RowFacts(
        line=row.row.line,
        person=row.person_digest,
        submission=row.reference_digest,
        has_answer=bool(row.answer),
        stamps=tuple(stamps.values()),
        near=tuple(near.values()),
        unknown_codes=sum(code not in known.stamps for code in row.codes),
        wrong_checks=wrong_checks(row, known),
        owner_of_submission=known.owners.get(row.reference_digest, ""),
        earlier_submissions=len(known.earlier.get(row.person_digest, ())),
        is_returned=row.is_returned,
    )


def wrong_checks(row: ReadRow, known: Known) -> int:
    """Pieces of the shape of a stamp that mean none of ours; sought only where stamps are missing."""
    near = known.near.get(row.answer)
    if near is None:
        return 0
    written = wrong_checks_in(row.answer[:SLIPS_SOUGHT_IN])
    return sum(one_of(near.get(piece, ()), known.stamps) is None for piece in written)


def one_of(codes: Sequence[str], stamps: dict[str, KnownStamp]) -> KnownStamp | None:
    """The stamp that was meant; None where it is none of ours, or where it could be two."""
    found = [stamps[code] for code in codes if code in stamps]
    return found[0] if len(found) == 1 else None


def in_batches(values: Iterable[T], *, size: int = LOOKED_UP_AT_ONCE) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
