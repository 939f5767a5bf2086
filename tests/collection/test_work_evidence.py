"""What recruitment learns of a take: how long it lasts, took and takes to read, and the class of device; no more."""

import pytest

from collection.evidence import describe_device, evidence_of
from recruitment.models import Anomaly, Participant
from recruitment.services.anomalies import note_anomaly
from recruitment.services.work_units import forget_evidence, record_finished_work
from tests.factories import make_participant, make_recording

CAPTURE = {
    "settings": {"channelCount": 1, "sampleSize": 16, "echoCancellation": False},
    "context_sample_rate_hz": 48_000,
    "browser": "Firefox",
    "os": "Linux",
    "device_class": "usb",
    "frame_gaps": 0,
}


def test_a_device_is_described_as_a_class() -> None:
    said = describe_device(CAPTURE)
    assert said == "Firefox on Linux, usb microphone, 48000 Hz, channelCount 1, sampleSize 16"
    assert describe_device({}) == describe_device({"settings": "odd"}) == ""


@pytest.mark.django_db
def test_the_evidence_names_the_take_as_its_people_know_it() -> None:
    recording = make_recording(capture=CAPTURE)
    evidence = evidence_of(recording)
    assert evidence["title"] == f"Mixture 1 of session {recording.participation.session_code}"
    assert evidence["duration_s"] == pytest.approx(2.5, abs=0.01)
    assert evidence["reading_s"] > 0 and evidence["took_s"] >= 0
    assert "Firefox" in evidence["device"]


@pytest.mark.django_db
def test_of_people_who_withdrew_nothing_is_known_but_what_their_stamp_stands_for() -> None:
    participant: Participant = make_participant()
    evidence = {"title": "Mixture 1", "device": "Firefox", "voices": {"same_voice_as": ["x"]}, "took_s": 3}
    unit = record_finished_work(participant=participant, subject="recording:1", evidence=evidence)
    note_anomaly(
        effort=participant.effort,
        kind="same_voice",
        subject="recording:1",
        participant=participant,
        details={"same_voice_as": ["x"]},
    )
    forget_evidence(participant=participant)
    unit.refresh_from_db()
    assert (unit.evidence, Anomaly.objects.get().details) == ({"title": "Mixture 1"}, {})


@pytest.mark.django_db
def test_anomalies_of_others_no_longer_name_who_withdrew() -> None:
    gone, stays = make_participant(), make_participant()
    record_finished_work(participant=gone, subject="recording:1", evidence={})
    for subject, named in (("recording:2", ["recording:1", "recording:3"]), ("recording:4", ["recording:1"])):
        note_anomaly(
            effort=gone.effort,
            kind="same_voice",
            subject=subject,
            participant=stays,
            details={"same_voice_as": named},
        )
    forget_evidence(participant=gone)
    details = dict(Anomaly.objects.values_list("subject", "details"))
    assert details == {"recording:2": {"same_voice_as": ["recording:3"]}, "recording:4": {}}
