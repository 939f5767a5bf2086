"""What contributors take home: everything that was stored of them, with the stamp of each recording."""

from dataclasses import dataclass

from collection.models import Participation, Recording
from collection.services.stamps import stamp_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    recording: Recording
    stamp: str


def receipt_lines(participation: Participation) -> list[ReceiptLine]:
    """In the order of recording. Whoever calls this has checked that the session is this participation's own."""
    recordings = participation.recordings.select_related("assignment__prompt", "participation")
    return [
        ReceiptLine(recording=recording, stamp=stamp_of(recording=recording))
        for recording in recordings.order_by("number_in_session")
    ]
