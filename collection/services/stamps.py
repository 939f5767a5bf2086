"""Show the work stamp of a recording to the people who made it."""

from collection.models import Recording
from recruitment.models import WorkStamp
from recruitment.services.stamps import show_stamp


def stamp_of(*, recording: Recording) -> str:
    """The same code each time; the caller has checked that this is the session's own recording."""
    stamp = WorkStamp.objects.get(
        work_unit__participant=recording.participation.participant_id,
        work_unit__subject=recording.work_subject,
    )
    return show_stamp(stamp=stamp)
