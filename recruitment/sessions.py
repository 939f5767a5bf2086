"""Who is in front of this browser: the participant of each effort, remembered in the Django session."""

from django.contrib.sessions.backends.base import SessionBase

from recruitment.models import Effort, Participant


def remember_participant(*, session: SessionBase, participant: Participant) -> None:
    session[session_key(participant.effort_id)] = str(participant.public_id)


def recall_participant(*, session: SessionBase, effort: Effort) -> Participant | None:
    """None where nobody entered this effort here, or where they have withdrawn since."""
    public_id = session.get(session_key(effort.pk))
    if public_id is None:
        return None
    return effort.participants.taking_part().filter(public_id=public_id).first()


def remembers(*, session: SessionBase, participant: Participant) -> bool:
    """Whether this browser entered as this participant, withdrawn or not."""
    return bool(session.get(session_key(participant.effort_id)) == str(participant.public_id))


def session_key(effort_id: int) -> str:
    return f"participant_of_effort_{effort_id}"
