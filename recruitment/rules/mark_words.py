"""The marks of rows in words, for the admin who looks at a results file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from recruitment.rules.marks import Mark, MarkedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkWords:
    """`tone` is a colour of the badges."""

    title: str
    tone: str
    meaning: str


WORDS: Final = {
    Mark.OK: MarkWords(title="Good", tone="good", meaning="Enough stamps of this person, none used before."),
    Mark.INCOMPLETE: MarkWords(
        title="No id",
        tone="bad",
        meaning="The person's or the submission's id is missing. The row is left as it is.",
    ),
    Mark.TWO_WORKERS: MarkWords(
        title="Two people, one submission",
        tone="bad",
        meaning="Different people have the same submission id. Neither row becomes a submission.",
    ),
    Mark.REPEATED: MarkWords(
        title="Repeated row", tone="", meaning="The same submission of the same person stands above."
    ),
    Mark.RETURNED: MarkWords(title="Given up", tone="", meaning="The platform says so: nothing is due."),
    Mark.SHARED: MarkWords(
        title="Shared stamp",
        tone="bad",
        meaning="Different people named the same stamp. Nobody gets it until it is given to one of them.",
    ),
    Mark.REUSED: MarkWords(
        title="Used before", tone="bad", meaning="Its stamp was used by another submission."
    ),
    Mark.ELSEWHERE: MarkWords(
        title="Another campaign", tone="warn", meaning="The stamp was earned in another campaign or study."
    ),
    Mark.MISTYPED: MarkWords(
        title="Mistyped",
        tone="warn",
        meaning="One slip away from a stamp that nobody has used. It counts once it is given to the person.",
    ),
    Mark.UNKNOWN: MarkWords(title="Unknown", tone="bad", meaning="What was written is no stamp of ours."),
    Mark.EMPTY: MarkWords(title="Empty", tone="warn", meaning="No stamp was given."),
    Mark.TOO_FEW: MarkWords(
        title="Too few stamps", tone="warn", meaning="Fewer good stamps than one submission is paid for."
    ),
    Mark.WORKER_TWICE: MarkWords(
        title="Person again",
        tone="warn",
        meaning="This person has another submission. The stamps are good and are used.",
    ),
    Mark.TAKE_REJECTED: MarkWords(
        title="Take rejected", tone="warn", meaning="The stamp is good; a reviewer rejected its take."
    ),
}


def reasons_of(marked: MarkedRow, *, given_by: Mapping[str, str]) -> tuple[str, ...]:
    """The reasons of a mark, after what an admin gave; `given_by` are their names by line."""
    if not marked.given:
        return marked.reasons
    admin = given_by.get(str(marked.line), "an admin")
    stamps = ", ".join(stamp.name for stamp in marked.given)
    return (f"Given by {admin}: {stamps}.", *marked.reasons)
