"""The rules of collecting, free of the database: who may take part, what is read next, how much is accepted.

Why a take is refused stands in `refusals.py`; what its sound must be like in `audio/checks.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
