"""What a browser keeps beside its cookie to be known again: signed, so that nobody can make one.

Browsers write cookies to disk up to half a minute late. Whoever loses power in that time would lose their stamps and
their withdrawal code with the cookie; a ticket is on disk before the first take is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.core.signing import BadSignature, Signer

from recruitment.models import Participant
from recruitment.services.arrivals import arrived_submission
from recruitment.sessions import known_here, remember_participant, remembers, step_aside

MOST_TICKETS = 20


def tickets_of(session: SessionBase) -> list[str]:
    """One for everybody this browser entered as; who is in front comes after those before."""
    return [signer().sign(public_id) for public_id in known_here(session)]


def take_back(*, session: SessionBase, tickets: Iterable[str]) -> int:
    """Remember whom the tickets name; how many of them this session did not know.

    The last one is in front, unless somebody came here from a provider's page: their link says who they are.
    """
    named = [person for person in map(named_by, list(tickets)[:MOST_TICKETS]) if person is not None]
    new = [person for person in named if not remembers(session=session, participant=person)]
    for person in new:
        has_arrived = arrived_submission(session=session, effort=person.effort) is not None
        remember_participant(session=session, participant=person)
        if has_arrived:
            step_aside(session=session, effort=person.effort)
    return len(new)


def named_by(ticket: str) -> Participant | None:
    try:
        return Participant.objects.filter(public_id=UUID(signer().unsign(ticket))).first()
    except (BadSignature, ValueError):
        return None


def signer() -> Signer:
    return Signer(salt="return-ticket")
