"""Who is in front of this browser: the participant of each effort, remembered in the Django session."""

from collections.abc import Iterator

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet

from recruitment.models import Effort, Participant

KEY_PREFIX = "participant_of_effort_"


def remember_participant(*, session: SessionBase, participant: Participant) -> None:
    """From now on this participant is in front; those before are still known, because a take of theirs may
    wait in the browser for the network."""
    key, public_id = session_key(participant.effort_id), str(participant.public_id)
    earlier = [known for known in (*session.get(f"{key}_earlier", []), session.get(key)) if known]
    session[f"{key}_earlier"] = [known for known in earlier if known != public_id]
    session[key] = public_id


def step_aside(*, session: SessionBase, effort: Effort) -> None:
    """Somebody else is in front now, who has not begun; those before are still known."""
    key = session_key(effort.pk)
    before = session.pop(key, None)
    if before is not None:
        session[f"{key}_earlier"] = [*session.get(f"{key}_earlier", []), before]


def recall_participant(*, session: SessionBase, effort: Effort) -> Participant | None:
    """None where nobody entered this effort here, or where they have withdrawn since."""
    public_id = session.get(session_key(effort.pk))
    if public_id is None:
        return None
    return effort.participants.taking_part().filter(public_id=public_id).first()


def remembers(*, session: SessionBase, participant: Participant) -> bool:
    """Whether this browser ever entered as this participant, withdrawn or not."""
    key, public_id = session_key(participant.effort_id), str(participant.public_id)
    return public_id == session.get(key) or public_id in session.get(f"{key}_earlier", [])


def session_key(effort_id: int) -> str:
    return f"{KEY_PREFIX}{effort_id}"


def remembered_participants(*, session: SessionBase) -> QuerySet[Participant]:
    """Everybody this browser ever entered as, in whichever effort, withdrawn or not."""
    return Participant.objects.filter(public_id__in=list(known_here(session)))


def known_here(session: SessionBase) -> Iterator[str]:
    """Public ids; within an effort those before come first."""
    for key, known in sorted(session.items(), key=lambda item: not item[0].endswith("_earlier")):
        if key.startswith(KEY_PREFIX):
            yield from known if isinstance(known, list) else [known]
