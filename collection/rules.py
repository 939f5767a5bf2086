"""The rules of collecting, free of the database: who may take part, what is read next, which takes are refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ShownToUser

PEOPLE_IN_A_RECORDING = 2
MAX_PENDING_UPLOADS = 20
PENDING_UPLOAD_KEPT_H = 24
MAX_CAPTURE_BYTES = 8_192

NATIVE_TO_BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireAnswers:
    """What a pair of people said before recording; `people_consenting` counts the boxes they ticked."""

    speaker_genders: str
    native_speakers: str
    other_native_languages: str = ""
    people_consenting: int
    consent_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a take is not kept, in the contributor's words; `field` is the part of the upload it is about."""

    code: str
    message: str
    field: str


def refuse_incomplete(answers: QuestionnaireAnswers) -> None:
    """Raise ShownToUser, naming the question that lacks an answer."""
    if not answers.speaker_genders:
        raise unanswered(
            "speaker_genders", "Please say who is speaking; 'Prefer not to say' is an answer too."
        )
    if not answers.native_speakers:
        raise unanswered("native_speakers", "Please say how many of you are native speakers.")
    if needs_other_languages(answers.native_speakers) and not answers.other_native_languages.strip():
        raise unanswered(
            "other_native_languages",
            "Please name the native language of each person who is not a native speaker.",
        )
    if answers.people_consenting < PEOPLE_IN_A_RECORDING:
        raise ShownToUser(
            f"{answers.people_consenting} of {PEOPLE_IN_A_RECORDING} people have agreed to the consent text. "
            "Every person who can be heard must agree: please tick the box for each of you.",
            code="consent_missing",
            field="consent",
        )


def unanswered(field: str, message: str) -> ShownToUser:
    return ShownToUser(message, code="answer_missing", field=field)


def needs_other_languages(native_speakers: str) -> bool:
    return native_speakers != NATIVE_TO_BOTH


def choose_prompt(*, unseen_ids: Sequence[int], choose: Callable[[Sequence[int]], int]) -> int | None:
    """Which prompt comes next: any that this participation has not been given; None when there is none left."""
    return choose(unseen_ids) if unseen_ids else None


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
