"""Failed logins: noted, counted by name, and after too many the name must wait."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import AuditEntry, User
from accounts.services.audit import record_action

FAILED = "login.fail"
MOST_FAILURES = 10
COUNTED_FOR = timedelta(minutes=15)


def note_failed_login(*, username: str) -> None:
    """The name is kept only where it is a user's: people type passwords into the wrong field."""
    known = User.objects.filter(username=username).exists()
    record_action(
        actor=None, action=FAILED, subject=_subject(username), details={"username": username} if known else {}
    )


def must_wait(*, username: str) -> bool:
    """Whether this name, known or not, failed so often lately that no password is looked at."""
    since = timezone.now() - COUNTED_FOR
    failures = AuditEntry.objects.filter(action=FAILED, subject=_subject(username), at__gt=since)
    return failures.count() >= MOST_FAILURES


def _subject(username: str) -> str:
    digest = salted_hmac("accounts.logins", username.casefold(), secret=settings.SECRET_KEY).hexdigest()
    return f"login:{digest[:24]}"
