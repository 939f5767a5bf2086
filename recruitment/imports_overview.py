"""What an admin sees of a results file: its rows with their marks, page by page, and the files before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count

from recruitment.models import Decision, Effort, Payment, ProviderFile, Submission
from recruitment.rules.mark_words import WORDS, MarkWords, reasons_of
from recruitment.rules.marks import CONFIRMABLE, Mark, count_marks
from recruitment.rules.platform_cells import state_of, time_of
from recruitment.rules.results_columns import Columns
from recruitment.rules.results_file import Row
from recruitment.services.decided_files import decisions_of
from recruitment.services.decisions import UNSENT
from recruitment.services.provider_files import CONFIRMED, GIVEN_BY, MatchedFile
from recruitment.services.row_matching import MatchedRow
from recruitment.services.row_submissions import FILE, submissions_of

ROWS_ON_A_PAGE = 50
LONGEST_ANSWER = 120


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FileLine:
    """One row on the page. It shows ids, so it has no repr."""

    line: int
    mark: MarkWords
    also: list[MarkWords]
    reasons: tuple[str, ...]
    person: str
    reference: str
    answer: str
    may_be_confirmed: bool
    is_confirmed: bool
    submission: str  # its public id; empty where the row became none, or not yet

    @property
    def masked_person(self) -> str:
        return mask(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCount:
    name: str
    words: MarkWords
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHistory:
    """A file in the list of files."""

    file: ProviderFile
    submissions: int
    unsent: int

    @property
    def state(self) -> tuple[str, str]:
        if self.file.purged_at:
            return "Purged", ""
        if self.file.applied_at is None:
            return ("Waits", "warn") if "person" in self.file.columns else ("Columns not chosen", "warn")
        return ("Decisions to export", "info") if self.unsent else ("Applied", "good")


def mask(text: str) -> str:
    """Enough to recognise an id that one knows, too little to learn it."""
    return f"{text[:2]}…{text[-2:]}" if len(text) > 6 else "…" if text else "–"


def counts_of(marks: Iterable[Mark]) -> list[MarkCount]:
    return [
        MarkCount(name=mark.value, words=WORDS[mark], rows=rows) for mark, rows in count_marks(marks).items()
    ]


def counts_found(provider_file: ProviderFile) -> list[MarkCount]:
    """Of a file that was applied; also once its content is purged."""
    return counts_of(Mark(found["mark"]) for found in provider_file.findings)


def page_of(matched: MatchedFile, *, wanted: str, number: str | None) -> Page[MatchedRow]:
    """The rows with this mark, or all; a page that is not there is the nearest one."""
    rows = [row for row in matched.rows if wanted in ("", row.marked.mark.value)]
    return Paginator(rows, ROWS_ON_A_PAGE).get_page(number)


def page_with_line(matched: MatchedFile, line: str) -> str:
    """Where a row stands among all rows; the first page where it is not there."""
    places = (place for place, row in enumerate(matched.rows) if str(row.facts.line) == line)
    return str(next(places, 0) // ROWS_ON_A_PAGE + 1)


def lines_of(rows: Iterable[MatchedRow], *, columns: Columns, provider_file: ProviderFile) -> list[FileLine]:
    confirmed = set(provider_file.columns.get(CONFIRMED, ()))
    submissions = {found["line"]: found["submission"] for found in provider_file.findings}
    return [
        FileLine(
            line=row.facts.line,
            mark=WORDS[row.marked.mark],
            also=[WORDS[mark] for mark in row.marked.also],
            reasons=reasons_of(row.marked, given_by=provider_file.columns.get(GIVEN_BY, {})),
            person=row.person,
            reference=row.reference,
            answer=row.row.text(columns.code)[:LONGEST_ANSWER],
            may_be_confirmed=row.marked.mark in CONFIRMABLE,
            is_confirmed=row.facts.line in confirmed,
            submission=submissions.get(row.facts.line, ""),
        )
        for row in rows
    ]


def misread_cells(matched: MatchedFile) -> list[str]:
    """Sentences about states and times that are not understood, and what counts instead."""
    rows, columns = [row.row for row in matched.rows], matched.columns
    states = [row for row in rows if state_of(row.text(columns.state)) is None]
    times = [row for row in rows if row.text(columns.time) and time_of(row.text(columns.time)) is None]
    said = []
    if states:
        word = states[0].text(columns.state)[:40]
        said.append(
            f"{in_lines(states)}: the state, such as '{word}', is not known here and counts as submitted."
        )
    if times:
        text = times[0].text(columns.time)[:40]
        said.append(
            f"{in_lines(times)}: the time, such as '{text}', cannot be read; the time of applying counts."
        )
    return said


def in_lines(rows: Sequence[Row]) -> str:
    return f"Line {rows[0].line}" if len(rows) == 1 else f"{len(rows)} rows, the first in line {rows[0].line}"


def files_of(effort: Effort) -> list[FileHistory]:
    """Newest first; three queries, however many there are."""
    files = effort.provider_files.select_related("uploaded_by").defer("content_sealed", "findings")
    brought = effort.submissions.values_list(f"details__{FILE}").annotate(Count("pk"))
    unsent = Decision.objects.filter(submission__effort=effort, state__in=UNSENT)
    waiting = unsent.values_list(f"submission__details__{FILE}").annotate(Count("pk"))
    submissions, decisions = dict(brought.order_by()), dict(waiting.order_by())
    return [
        FileHistory(
            file=file,
            submissions=submissions.get(str(file.public_id), 0),
            unsent=decisions.get(str(file.public_id), 0),
        )
        for file in files.order_by("-uploaded_at", "-pk")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedCounts:
    """How far the submissions of a file have been decided, and whether the platform knows."""

    submissions: int
    waiting: int
    decided: int
    unsent: int
    paid: int

    @property
    def why_not_undoable(self) -> str:
        """Empty while the whole file can be taken back."""
        if told := self.decided - self.unsent:
            were = "decision was" if told == 1 else "decisions were"
            return f"The file cannot be undone any more: {told} {were} exported or sent, and the platform may know."
        if self.paid:
            return "The file cannot be undone any more: payments are written down for its submissions."
        return ""


def decided_counts(provider_file: ProviderFile) -> DecidedCounts:
    states = Counter(decisions_of(provider_file).values_list("state", flat=True))
    return DecidedCounts(
        submissions=sum(bool(found["submission"]) for found in provider_file.findings),
        waiting=submissions_of(provider_file).filter(state=Submission.State.SUBMITTED).count(),
        decided=sum(states.values()),
        unsent=states[Decision.State.DECIDED] + states[Decision.State.FAILED],
        paid=payments_in_the_way(provider_file),
    )


def payments_in_the_way(provider_file: ProviderFile) -> int:
    """All but the rewards that nobody has paid, which go with their decision."""
    kept = Payment.objects.filter(submission__in=submissions_of(provider_file))
    kept = kept.exclude(state=Payment.State.CANCELLED)
    unpaid = [Payment.State.OWED, Payment.State.FAILED]
    return kept.exclude(kind=Payment.Kind.REWARD, state__in=unpaid).count()
