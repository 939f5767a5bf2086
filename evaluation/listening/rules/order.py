"""Which trial a listener meets next: the least rated first, equals in an order of the listener's own."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trial this listener has not met; `votes` counts ratings and listeners who have it before them."""

    trial: str
    votes: int


def next_candidate(*, candidates: Iterable[Candidate], seed: int, listener: str) -> Candidate | None:
    """None when the listener has met every trial."""
    return min(
        candidates,
        key=lambda candidate: (candidate.votes, lot(seed=seed, listener=listener, trial=candidate.trial)),
        default=None,
    )


def lot(*, seed: int, listener: str, trial: str) -> bytes:
    """A lot drawn for one listener and trial; the same on every machine and in every year."""
    return hmac.new(str(seed).encode(), f"{listener}/{trial}".encode(), hashlib.sha256).digest()
