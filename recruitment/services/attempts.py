"""Count what may be tried only so often: atomic rows in the database, and nothing is answered uncounted."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.errors import ShownToUser
from recruitment.models import AttemptCount, Effort

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many attempts within one window of time."""

    attempts: int
    window_s: int

    def window_of(self, moment: datetime) -> datetime:
        return moment - timedelta(seconds=moment.timestamp() % self.window_s)

    def minutes_left(self, moment: datetime) -> int:
        return math.ceil((self.window_s - moment.timestamp() % self.window_s) / 60)


ONE_PERSON = Allowance(attempts=10, window_s=600)
# Far more than honest people mistype together; it stops many sessions that guess at once.
EVERYBODY = Allowance(attempts=300, window_s=600)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCode:
    """One code that somebody is about to type: who they are to us, and the effort where it is known."""

    who: str  # a session key or a participant's public id; only its digest is kept
    effort: Effort | None = None

    def scopes(self) -> list[tuple[str, Allowance]]:
        digest = hashlib.sha256(self.who.encode()).hexdigest()[:32]
        crowd = f"effort:{self.effort.pk}" if self.effort else "everybody"
        return [(f"person:{digest}", ONE_PERSON), (crowd, EVERYBODY)]


def count_typed_code(attempt: TypedCode) -> None:
    """Call before looking anything up. Raises ShownToUser `too_many_attempts`.

    Durable: the count must outlive the refusal that may follow, so this refuses to run inside a transaction.
    Where the count cannot be written the error goes up and no code is looked at.
    """
    moment = timezone.now()
    for scope, allowance in attempt.scopes():
        with transaction.atomic(durable=True):
            if not count_one(scope=scope, allowance=allowance, moment=moment):
                raise too_many(allowance=allowance, moment=moment)


def forgive_typed_code(attempt: TypedCode) -> None:
    """A right code takes nothing from what other people may try."""
    crowd, allowance = attempt.scopes()[1]
    rows = AttemptCount.objects.filter(scope=crowd, window_start=allowance.window_of(timezone.now()))
    rows.filter(count__gt=0).update(count=F("count") - 1)


def count_one(*, scope: str, allowance: Allowance, moment: datetime) -> bool:
    """One more, unless the allowance is used up: whoever comes at the same moment cannot both have the last."""
    window = allowance.window_of(moment)
    AttemptCount.objects.bulk_create(
        [AttemptCount(scope=scope, window_start=window)], ignore_conflicts=True
    )  # INSERT .. ON CONFLICT DO NOTHING
    free = AttemptCount.objects.filter(scope=scope, window_start=window, count__lt=allowance.attempts)
    return bool(free.update(count=F("count") + 1))


def too_many(*, allowance: Allowance, moment: datetime) -> ShownToUser:
    minutes = allowance.minutes_left(moment)
    return ShownToUser(
        "Too many codes were tried here in a short time. Nothing is lost: please wait "
        f"{minutes} minute{'s' if minutes > 1 else ''}, compare the code with the one you copied, and try again.",
        code="too_many_attempts",
        field="code",
        status=429,
        final=False,
    )


def forget_old_attempts() -> int:
    """For the timer."""
    deleted, _ = AttemptCount.objects.filter(window_start__lt=timezone.now() - KEPT).delete()
    return deleted
