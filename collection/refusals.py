"""Why a take is not kept, each reason as one sentence or two that a contributor understands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ShownToUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A final no to a take; `field` is the part of the upload it is about."""

    code: str
    message: str
    field: str


def refusal_before_bytes(
    *, byte_length: int, capture: Mapping[str, Any], max_upload_bytes: int
) -> Refusal | None:
    """What can be refused from the announcement alone, before anybody waits for bytes."""
    return refusal_of_length(byte_length, max_upload_bytes) or refusal_of_capture(capture)


def refusal_of_length(byte_length: int, max_upload_bytes: int) -> Refusal | None:
    if byte_length == 0:
        return Refusal(
            code="empty",
            message="The recording is empty (0 bytes). Please check the microphone and record again.",
            field="byte_length",
        )
    if byte_length > max_upload_bytes:
        return Refusal(
            code="too_large",
            message=f"The recording has {byte_length / 2**20:.0f} MiB; at most {max_upload_bytes / 2**20:.0f} "
            "MiB are accepted. Please record a shorter take.",
            field="byte_length",
        )
    return None


def refusal_of_capture(capture: Mapping[str, Any]) -> Refusal | None:
    """A take with missing sound is of no use, however good it sounds: refused by what the recorder saw."""
    gaps = capture.get("frame_gaps") or 0
    if gaps:
        return Refusal(
            code="frame_gap",
            message=f"The browser lost sound {gaps} time{'s' if gaps != 1 else ''} during this take, so parts of "
            "it are missing. Please close other programs and tabs, then record again.",
            field="capture",
        )
    if capture.get("hidden_during_take"):
        return Refusal(
            code="hidden_tab",
            message="The page was in the background during this take, where browsers may drop sound. "
            "Please keep this page in front and record again.",
            field="capture",
        )
    return None


def already_recorded(number_in_session: int) -> Refusal:
    return Refusal(
        code="already_recorded",
        message=f"These two sentences are already stored as recording {number_in_session} of your session, "
        "so this second take is not needed. Please go on to the next sentences.",
        field="assignment",
    )


def same_take_again(number_in_session: int) -> Refusal:
    return Refusal(
        code="same_take_again",
        message=f"Exactly this take is already stored as recording {number_in_session} of your session. "
        "Please record the sentences that are shown now.",
        field="sha256",
    )


def withdrawn() -> Refusal:
    return Refusal(
        code="withdrawn",
        message="The recordings of this session were withdrawn, so nothing more is kept from it. "
        "To record again, please begin anew from the start page of the campaign.",
        field="assignment",
    )


def uuid_reused(client_uuid: object) -> ShownToUser:
    return ShownToUser(
        f"Another take was announced under the id {client_uuid} before. Please record this one again.",
        code="uuid_reused",
        field="client_uuid",
        status=409,
    )


# What follows is not final: the take is still with the browser, which sends it again.


def wrong_length(*, announced_bytes: int, arrived_bytes: int | None) -> ShownToUser:
    arrived = "an unknown number of" if arrived_bytes is None else arrived_bytes
    return ShownToUser(
        f"{announced_bytes} bytes were announced for this take, but {arrived} bytes came. "
        "Please send the whole take again.",
        code="wrong_length",
        field="byte_length",
        status=409,
        final=False,
    )


def wrong_sha256() -> ShownToUser:
    return ShownToUser(
        "The take was changed on its way: its SHA-256 is not the one that was announced. "
        "Please send it again.",
        code="wrong_sha256",
        field="sha256",
        status=409,
        final=False,
    )


def bytes_missing() -> ShownToUser:
    return ShownToUser(
        "The take has been announced, but its bytes have not arrived yet. Please send them again.",
        code="bytes_missing",
        field="bytes",
        status=409,
        final=False,
    )


def not_yours() -> ShownToUser:
    """Unknown and foreign alike, so that nobody learns which ids exist."""
    return ShownToUser(
        "This take does not belong to this browser's session. Please open the campaign in the browser you "
        "recorded with; nothing is lost there.",
        code="not_found",
        status=404,
        final=False,
    )


def too_many_pending(limit: int) -> ShownToUser:
    return ShownToUser(
        f"{limit} takes of this session are still on their way. Please let them arrive before sending more.",
        code="too_many_pending",
        field="client_uuid",
        status=429,
        final=False,
    )
