"""What reviewers may say, and what they are shown of how a take was made; free of the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

OWN_WORDS: Final = "own"
MAX_REASON_CHARACTERS: Final = 300

# The people who recorded may read these, so they speak of the recording and never of its speakers.
REJECTION_REASONS: Final[dict[str, str]] = {
    "one_voice": "Only one of the two voices can be heard clearly.",
    "no_overlap": "The two voices hardly overlap.",
    "other_words": "The sentences that were read are not the ones shown.",
    "incomplete": "The beginning or the end of a sentence is missing.",
    "noise": "Background noise or music covers the voices.",
    "distorted": "The sound is distorted or breaks up.",
    "too_quiet": "The voices are too quiet to be used.",
    "loudspeaker": "One voice seems to come from a loudspeaker.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line about how a take was captured; `is_good` is None where it is neither good nor bad."""

    label: str
    value: str
    is_good: bool | None = None


_PROCESSING: Final = {
    "echoCancellation": "Echo cancellation",
    "noiseSuppression": "Noise suppression",
    "autoGainControl": "Automatic gain",
}


def rejection_reason(*, choice: str, own_words: str) -> str:
    """The sentence that is stored; empty where nothing was said."""
    return " ".join(own_words.split()) if choice == OWN_WORDS else REJECTION_REASONS.get(choice, "")


def capture_facts(capture: dict[str, Any]) -> list[Fact]:
    """What the browser achieved, as reported with the take; nothing is known of takes from elsewhere."""
    if not capture:
        return []
    settings = _object(capture, "settings")
    facts = [_processing_fact(label, settings.get(name)) for name, label in _PROCESSING.items()]
    gaps = capture.get("frame_gaps")
    if isinstance(gaps, int):
        facts.append(Fact(label="Missing frames", value=str(gaps), is_good=gaps == 0))
    device = str(capture.get("device_class") or "unknown")
    facts.append(Fact(label="Microphone", value=device, is_good=False if device == "bluetooth" else None))
    place = " on ".join(filter(None, (str(capture.get(part) or "") for part in ("browser", "os"))))
    facts.append(Fact(label="Browser", value=place or "unknown"))
    return facts


def _processing_fact(label: str, setting: object) -> Fact:
    if isinstance(setting, bool):
        return Fact(label=label, value="on" if setting else "off", is_good=not setting)
    return Fact(label=label, value="not reported")


def _object(capture: dict[str, Any], name: str) -> dict[str, Any]:
    value = capture.get(name)
    return value if isinstance(value, dict) else {}
