"""What is written into a unit of work about a recording, for those who decide and pay; no sound, no identity."""

from __future__ import annotations

from typing import Any

from collection.models import Recording
from recruitment.rules.anomaly_kinds import least_reading_s

LONGEST_DEVICE = 160


def evidence_of(recording: Recording) -> dict[str, Any]:
    """The name people know the take by, its digest, and how long it lasts, took and takes to read."""
    prompt = recording.assignment.prompt
    evidence = {
        "title": f"Mixture {recording.number_in_session} of session {recording.participation.session_code}",
        "sha256": recording.sha256,
        "duration_s": round(recording.duration_s, 3),
        "took_s": round((recording.stored_at - recording.assignment.assigned_at).total_seconds(), 1),
        "reading_s": round(least_reading_s(prompt.sentence_1, prompt.sentence_2), 1),
    }
    device = describe_device(recording.capture)
    return {**evidence, "device": device} if device else evidence


def describe_device(capture: dict[str, Any]) -> str:
    """Browser, system and microphone as a class of devices, not as one; empty where nothing was reported."""
    reported = capture.get("settings")
    settings: dict[str, Any] = reported if isinstance(reported, dict) else {}
    place = " on ".join(str(capture[name]) for name in ("browser", "os") if capture.get(name))
    parts = [
        place,
        f"{capture['device_class']} microphone" if capture.get("device_class") else "",
        f"{capture['context_sample_rate_hz']} Hz" if capture.get("context_sample_rate_hz") else "",
        *(
            f"{name} {settings[name]}"
            for name in ("channelCount", "sampleSize", "latency")
            if name in settings
        ),
    ]
    return ", ".join(filter(None, parts))[:LONGEST_DEVICE]
