"""What platforms write into their cells for the state of a submission and for times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from recruitment.models import Submission

State = Submission.State

STATES: Final = {
    "submitted": State.SUBMITTED,
    "awaitingreview": State.SUBMITTED,
    "completed": State.SUBMITTED,
    "complete": State.SUBMITTED,
    "finished": State.SUBMITTED,
    "pending": State.SUBMITTED,
    "approved": State.APPROVED,
    "accepted": State.APPROVED,
    "paid": State.APPROVED,
    "rejected": State.REJECTED,
    "returned": State.RETURNED,
    "abandoned": State.RETURNED,
    "timedout": State.RETURNED,
    "expired": State.RETURNED,
    "screenedout": State.RETURNED,
    "cancelled": State.RETURNED,
    "canceled": State.RETURNED,
}
# Mechanical Turk writes the zone as letters, which strptime reads for the machine's own zone only.
ZONES: Final = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "PST": -8,
    "PDT": -7,
    "MST": -7,
    "MDT": -6,
    "CST": -6,
    "CDT": -5,
    "EST": -5,
    "EDT": -4,
}
TURK_TIME = re.compile(r"\w{3} (\w{3} +\d{1,2} \d\d:\d\d:\d\d) (\w{1,4}) (\d{4})")
FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")


def state_of(text: str) -> Submission.State | None:
    """None for a word that is not known; an empty cell means submitted."""
    word = re.sub(r"[\s_-]", "", text).casefold()
    return STATES.get(word) if word else State.SUBMITTED


def time_of(text: str) -> datetime | None:
    """None where it cannot be read without guessing (01/02 may be January or February). No zone means UTC."""
    turk = TURK_TIME.fullmatch(text)
    if turk:
        return turk_time(*turk.groups())
    try:
        return in_utc(datetime.fromisoformat(text))
    except ValueError:
        pass
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def turk_time(day_and_time: str, zone: str, year: str) -> datetime | None:
    hours = ZONES.get(zone.upper())
    if hours is None:
        return None
    try:
        local = datetime.strptime(f"{day_and_time} {year}", "%b %d %H:%M:%S %Y")  # noqa: DTZ007 - set below
    except ValueError:
        return None
    return local.replace(tzinfo=timezone(timedelta(hours=hours))).astimezone(UTC)


def in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
