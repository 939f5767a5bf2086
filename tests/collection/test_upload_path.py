"""An honest take is stored byte for byte, stamped and counted."""

import hashlib

import pytest

from collection.models import Assignment, Campaign, Recording, Upload
from core.storage import ObjectStore
from recruitment.codes import normalise_code
from recruitment.models import WorkUnit
from tests.collection.recorder import Recorder
from tests.factories import make_campaign, make_participation, make_wav

pytestmark = pytest.mark.django_db


def test_a_take_is_stored_byte_for_byte_and_stamped(store: ObjectStore) -> None:
    recorder, wav = Recorder(), make_wav(sample_rate_hz=44_100)
    answer = recorder.send(wav).json()
    recording = Recording.objects.get()
    assert store.open(recording.object_key).read() == wav
    assert answer["sha256"] == recording.sha256 == hashlib.sha256(wav).hexdigest()
    assert answer["recording"] == str(recording.public_id)
    assert answer["stamp"] == normalise_code(answer["stamp"])
    assert recording.sample_rate_hz == 44_100
    assert recording.duration_s == pytest.approx(2.5)


def test_the_take_closes_its_assignment_and_leaves_its_evidence() -> None:
    recorder = Recorder()
    recorder.send(make_wav())
    recording = Recording.objects.get()
    assert recording.assignment.state == Assignment.State.RECORDED
    assert recording.upload is not None
    assert recording.upload.state == Upload.State.STORED
    unit = WorkUnit.objects.get()
    assert (unit.subject, unit.state) == (f"recording:{recording.public_id}", WorkUnit.State.DONE)
    assert (unit.evidence["sha256"], unit.evidence["duration_s"]) == (recording.sha256, 2.5)


def test_a_take_assigned_before_the_campaign_closed_is_still_stored_and_stamped() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav) | recorder.read_sentences()
    Campaign.objects.update(state=Campaign.State.CLOSED)
    answer = recorder.send(wav, **announcement)
    assert (answer.status_code, answer.json()["state"]) == (200, "stored")
    assert Recording.objects.count() == 1


def test_submissions_are_counted_and_numbered() -> None:
    recorder = Recorder(participation=make_participation(campaign=make_campaign(prompts=3)))
    assert [recorder.send(make_wav()).json()["submissions"] for _ in range(3)] == [1, 2, 3]
    numbers = Recording.objects.order_by("id").values_list("number_in_session", flat=True)
    assert list(numbers) == [1, 2, 3]


def test_nothing_stays_behind_in_the_store_but_the_take(store: ObjectStore) -> None:
    Recorder().send(make_wav())
    assert [found.key for found in store.list("")] == [Recording.objects.get().object_key]


def test_the_answer_can_be_asked_for_again() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    assert recorder.begin(announcement).json()["put"]["headers"]["Content-Type"] == "audio/wav"
    assert recorder.show(announcement["client_uuid"]).json()["state"] == "pending"
    recorder.put(announcement["client_uuid"], wav)
    answer = recorder.complete(announcement["client_uuid"]).json()
    assert recorder.show(announcement["client_uuid"]).json() == answer


def test_a_take_assigned_before_the_campaign_closed_is_accepted() -> None:
    recorder = Recorder()
    announcement = recorder.announcement(make_wav()) | recorder.read_sentences()
    recorder.participation.campaign.state = "closed"
    recorder.participation.campaign.save()
    assert recorder.send(make_wav(), assignment=announcement["assignment"]).status_code == 200


def test_what_follows_a_device_from_site_to_site_is_not_kept() -> None:
    settings = {"sampleRate": 48_000, "deviceId": "ab12", "groupId": "cd34"}
    Recorder().send(make_wav(), capture={"frame_gaps": 0, "hidden_during_take": False, "settings": settings})
    assert Recording.objects.get().capture["settings"] == {"sampleRate": 48_000}
