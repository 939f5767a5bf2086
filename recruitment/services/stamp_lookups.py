"""Tell somebody who types a stamp on another device how far it is; only so often, and nothing about other codes."""

from __future__ import annotations

from core.errors import ShownToUser
from recruitment.models import WorkStamp
from recruitment.services.attempts import TypedCode, count_typed_code, forgive_typed_code
from recruitment.services.stamps import stamp_with_code


def look_up_stamp(*, code: str, who: str) -> WorkStamp:
    """Raises ShownToUser `too_many_attempts`, or `unknown_stamp` whatever the reason is."""
    attempt = TypedCode(who=who)
    count_typed_code(attempt)
    stamp = stamp_with_code(code=code)
    if stamp is None:
        raise ShownToUser(
            "No stamp of ours has this code. Please compare it with the one you copied; the withdrawal code on a "
            "receipt is another code.",
            code="unknown_stamp",
            field="code",
            status=422,
        )
    forgive_typed_code(attempt)
    return stamp
