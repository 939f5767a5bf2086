"""What an admin may have to look at: the kinds of anomalies, in words, and the bounds they are noticed at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

LATE_AFTER: Final = timedelta(days=2)
BURST_WITHIN: Final = timedelta(minutes=10)
BURST_PARTICIPATIONS: Final = 8
# A quick reader says five words in a second; nobody keeps that up for a sentence longer than this.
FASTEST_WORDS_PER_S: Final = 5.0
ONE_PERSON_PROBABILITY: Final = 0.9

Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyKind:
    """One kind: what it is called, what may be behind it, and its figures as a sentence."""

    name: str
    title: str
    meaning: str
    figures: Callable[[Details], str]


def _hours(details: Details) -> str:
    return f"Used {details.get('hours', '?')} hours after it was minted."


def _seconds(details: Details) -> str:
    return (
        f"Finished after {details.get('took_s', '?')} s; the take lasts {details.get('duration_s', '?')} s "
        f"and its sentences need {details.get('reading_s', '?')} s."
    )


def _burst(details: Details) -> str:
    return (
        f"{details.get('participations', '?')} participations within {details.get('minutes', '?')} minutes "
        f"on: {details.get('device', 'unknown')}."
    )


def _same_voice(details: Details) -> str:
    others = details.get("same_voice_as", [])
    return f"The same voice as in {len(others)} other unit{'s' if len(others) != 1 else ''} of work."


def _one_person(details: Details) -> str:
    return f"One person reads both parts with probability {details.get('probability', '?')}."


def _claims(details: Details) -> str:
    return f"Stamp of {details.get('unit', 'an unknown unit')}."


KINDS: Final = {
    kind.name: kind
    for kind in (
        AnomalyKind(
            name="stamp_reused",
            title="Stamp used again",
            meaning="The same person handed in a stamp that they had used before. Often a mistake in copying.",
            figures=_claims,
        ),
        AnomalyKind(
            name="stamp_shared",
            title="Stamp of somebody else",
            meaning="Stamps of one participation were handed in by different people. They may have passed them "
            "on, or both people in the room were paid for the same take.",
            figures=_claims,
        ),
        AnomalyKind(
            name="stamp_unknown",
            title="Unknown stamp",
            meaning="What was handed in has the form of a stamp but was never minted here, or belongs to "
            "another effort.",
            figures=lambda details: (
                "Minted for another effort." if details.get("other_effort") else "Never minted here."
            ),
        ),
        AnomalyKind(
            name="worker_twice",
            title="One person, several submissions",
            meaning="The platform lists more than one submission of the same person. Their stamps are good; "
            "whether people may take part again is yours to say.",
            figures=lambda details: f"Line {details['line']} of a results file." if "line" in details else "",
        ),
        AnomalyKind(
            name="two_workers",
            title="One submission, several people",
            meaning="A results file gives the same submission to different people. It may have been edited by "
            "hand; neither row became a submission.",
            figures=lambda details: f"Line {details['line']} of a results file." if "line" in details else "",
        ),
        AnomalyKind(
            name="stamp_late",
            title="Late stamp",
            meaning=f"A stamp was used more than {LATE_AFTER.days} days after the work was done. "
            "It may have been kept for sale; it may be somebody back from a holiday.",
            figures=_hours,
        ),
        AnomalyKind(
            name="unit_too_fast",
            title="Faster than possible",
            meaning="The work was finished sooner than the sentences can be read or than the take lasts. "
            "The sound may come from a file instead of a microphone.",
            figures=_seconds,
        ),
        AnomalyKind(
            name="device_burst",
            title="Many alike at once",
            meaning="Many participations began within minutes on devices that report the same browser, system "
            "and microphone settings. A classroom looks like this, and so does a farm.",
            figures=_burst,
        ),
        AnomalyKind(
            name="same_voice",
            title="Same voice in several participations",
            meaning="A voice sounds like one in another participation. It may be one person with two accounts.",
            figures=_same_voice,
        ),
        AnomalyKind(
            name="other_person",
            title="Entered under another person's id",
            meaning="The platform says that a submission belongs to somebody else than the link it was entered "
            "with. Somebody may have passed the link on, or typed an id into it.",
            figures=lambda details: "The ids of the link and of the platform's list differ.",
        ),
        AnomalyKind(
            name="decided_otherwise",
            title="Decided otherwise on the platform",
            meaning="A results file says approved where the decision here is to reject, or the other way round, and "
            "the decision here was not handed over yet or its reward is paid. Undo it, or decide there anew.",
            figures=lambda details: f"Line {details['line']} of a results file." if "line" in details else "",
        ),
        AnomalyKind(
            name="one_person",
            title="One person reads both parts",
            meaning="Both voices of a take sound like the same person.",
            figures=_one_person,
        ),
    )
}


def least_reading_s(*sentences: str) -> float:
    """The time in which nobody can have read these sentences at the same time."""
    return max((len(sentence.split()) for sentence in sentences), default=0) / FASTEST_WORDS_PER_S


def is_too_fast(evidence: Details) -> bool:
    """False where the evidence does not say how long the work took."""
    took_s = evidence.get("took_s")
    if not isinstance(took_s, int | float):
        return False
    needed_s = (evidence.get("duration_s"), evidence.get("reading_s"))
    return any(isinstance(needed, int | float) and took_s < needed for needed in needed_s)
