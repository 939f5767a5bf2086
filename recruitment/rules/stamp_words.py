"""The states of a stamp in the words of the person who earned it: what it means and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from recruitment.models import WorkStamp

State = WorkStamp.State


@dataclass(frozen=True, slots=True, kw_only=True)
class StampWords:
    """`tone` is a class of the stylesheet; `remedy` is empty where the channel knows better what to do."""

    label: str
    tone: str
    remedy: str


_UNUSED = StampWords(label="Ready", tone="info", remedy="")
WORDS: Final[dict[str, StampWords]] = {
    State.ISSUED: _UNUSED,
    State.SHOWN: _UNUSED,
    State.CLAIMED: StampWords(
        label="Handed in",
        tone="info",
        remedy="Nothing is left to do. It waits for somebody to look at the work.",
    ),
    State.VERIFIED: StampWords(
        label="Checked",
        tone="info",
        remedy="Nothing is left to do. The work was looked at; the decision comes next.",
    ),
    State.APPROVED: StampWords(
        label="Approved",
        tone="good",
        remedy="Nothing is left to do. If you were promised something for it, you will get it.",
    ),
    State.REJECTED: StampWords(
        label="Not approved",
        tone="bad",
        remedy="Do you think that this is wrong? Write to the people who sent you the link, or through your "
        "platform, and name this stamp. Decisions can be taken back.",
    ),
    State.PAID: StampWords(label="Paid", tone="good", remedy="Everything is settled. Thank you!"),
}
