"""Every take that cannot be kept is refused in words, finally or not, and leaves nothing stored."""

import hashlib
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.http import HttpResponse

from collection.models import Assignment, Recording, Upload
from collection.services.assignments import skip_assignment
from core.storage import object_store
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from tests.audio.riff import FLOAT, chunk, format_chunk, riff
from tests.collection.recorder import CAPTURE, Recorder
from tests.factories import make_sound, make_wav

pytestmark = pytest.mark.django_db


def with_field(offset: int, layout: str, value: int) -> bytes:
    """An honest WAV with one field of its header changed."""
    wav = bytearray(make_wav())
    struct.pack_into(layout, wav, offset, value)
    return bytes(wav)


def float_wav(samples: np.ndarray) -> bytes:
    header = format_chunk(tag=FLOAT, bits=32, sample_rate_hz=16_000)
    return riff(header, chunk(b"data", samples.astype("<f4").tobytes()))


def nan_wav() -> bytes:
    samples = make_sound()[:, 0].copy()
    samples[1_000] = np.nan
    return float_wav(samples)


BAD_SOUND: dict[str, tuple[Callable[[], bytes], str]] = {
    "silent": (lambda: make_wav(samples=np.zeros((48_000, 1), np.float32)), "microphone"),
    "clipped": (lambda: make_wav(samples=np.clip(make_sound() * 50, -1, 1)), "overdriven"),
    "too_short": (lambda: make_wav(duration_s=1.2), "1.20 s"),
    "too_long": (lambda: make_wav(duration_s=61, sample_rate_hz=8_000), "61.00 s"),
    "truncated": (lambda: make_wav()[:-5_000], "cut off"),
    "not_wav": (lambda: b"OggS" + bytes(9_000), "not a WAV"),
    "bad_sample_rate": (lambda: with_field(24, "<I", 0), "0 Hz"),
    "bad_channels": (lambda: with_field(22, "<H", 1_024), "1024 channels"),
    "not_finite": (nan_wav, "not numbers"),
    "size_lies": (lambda: with_field(4, "<I", 4_000), "says it ends after"),
}


def assert_refused(answer: HttpResponse, *, status: int, code: str, final: bool, says: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"], body["final"]) == (status, code, final)
    assert says in body["message"]
    assert body["message"][0].isupper() or body["message"][0].isdigit()
    assert body["message"].endswith(".")


def assert_nothing_stored() -> None:
    assert not Recording.objects.exists()
    assert not Upload.objects.filter(state="stored").exists()
    assert list(object_store().list("takes/")) == []
    assert not Assignment.objects.filter(state="recorded").exists()


@pytest.mark.parametrize("code", BAD_SOUND)
def test_a_take_nobody_could_use_is_refused_for_good(code: str) -> None:
    make, says = BAD_SOUND[code]
    answer = Recorder().send(make())
    assert_refused(answer, status=422, code=code, final=True, says=says)
    assert (answer.json()["state"], answer.json()["field"]) == ("refused", "bytes")
    assert list(object_store().list("")) == []
    assert_nothing_stored()


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"byte_length": 0}, "empty", "0 bytes"),
        ({"byte_length": 2**32}, "too_large", "4096 MiB"),
        ({"capture": {**CAPTURE, "frame_gaps": 2}}, "frame_gap", "lost sound 2 times"),
        ({"capture": {**CAPTURE, "hidden_during_take": True}}, "hidden_tab", "background"),
    ],
)
def test_what_the_announcement_gives_away_is_refused_before_any_bytes(
    changes: dict[str, Any], code: str, says: str
) -> None:
    recorder = Recorder()
    announcement = recorder.announcement(make_wav(), **changes)
    assert_refused(recorder.begin(announcement), status=422, code=code, final=True, says=says)
    assert recorder.complete(announcement["client_uuid"]).json()["code"] == code
    assert_nothing_stored()


def test_other_bytes_than_announced_are_not_stored_and_may_come_again() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    recorder.begin(announcement)
    changed = wav[:-1] + bytes([wav[-1] ^ 1])
    answer = recorder.put(announcement["client_uuid"], changed)
    assert_refused(answer, status=409, code="wrong_sha256", final=False, says="changed on its way")
    assert list(object_store().list("")) == []
    assert_nothing_stored()
    recorder.put(announcement["client_uuid"], wav)
    assert recorder.complete(announcement["client_uuid"]).status_code == 200


def test_bytes_changed_inside_the_store_are_noticed_by_complete() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    recorder.begin(announcement)
    recorder.put(announcement["client_uuid"], wav)
    overwrite(Upload.objects.get().object_key, wav[:-1] + bytes([wav[-1] ^ 1]))
    answer = recorder.complete(announcement["client_uuid"])
    assert_refused(answer, status=409, code="wrong_sha256", final=False, says="send it again")
    assert_nothing_stored()


def test_a_shorter_object_in_the_store_is_noticed_by_complete() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    recorder.begin(announcement)
    overwrite(Upload.objects.get().object_key, wav[:-100])
    answer = recorder.complete(announcement["client_uuid"])
    assert_refused(answer, status=409, code="wrong_length", final=False, says=f"{len(wav)} bytes")
    assert list(object_store().list("")) == []


def test_another_length_than_announced_is_refused_before_it_is_read() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    recorder.begin(announcement)
    answer = recorder.put(announcement["client_uuid"], wav + b"more")
    assert_refused(
        answer, status=409, code="wrong_length", final=False, says=f"{len(wav)} bytes were announced"
    )
    assert_nothing_stored()


def test_completing_without_bytes_asks_for_them() -> None:
    recorder = Recorder()
    announcement = recorder.announcement(make_wav())
    recorder.begin(announcement)
    answer = recorder.complete(announcement["client_uuid"])
    assert_refused(answer, status=409, code="bytes_missing", final=False, says="not arrived")


def test_another_file_under_the_same_uuid_is_refused() -> None:
    recorder = Recorder()
    announcement = recorder.announcement(make_wav()) | recorder.read_sentences()
    recorder.begin(announcement)
    other = recorder.announcement(make_wav(duration_s=3), client_uuid=announcement["client_uuid"])
    answer = recorder.begin(other)
    assert_refused(answer, status=409, code="uuid_reused", final=True, says="Another take")
    assert Upload.objects.get().sha256 == announcement["sha256"]


def test_a_second_take_of_recorded_sentences_is_not_needed() -> None:
    recorder = Recorder()
    sentences = recorder.read_sentences()
    recorder.send(make_wav())
    answer = recorder.send(make_wav(), **sentences)
    assert_refused(
        answer, status=422, code="already_recorded", final=True, says="recording 1 of your session"
    )
    assert Recording.objects.count() == 1


def test_the_same_bytes_do_not_count_as_two_recordings() -> None:
    recorder, wav = Recorder(), make_wav()
    recorder.send(wav)
    answer = recorder.send(wav)
    assert_refused(answer, status=422, code="same_take_again", final=True, says="recording 1 of your session")
    assert len(list(object_store().list(""))) == Recording.objects.count() == 1


def test_skipped_sentences_that_were_read_after_all_are_kept() -> None:
    recorder = Recorder()
    assignment = recorder.assignment()
    skip_assignment(assignment=assignment)
    assert recorder.send(make_wav(), assignment=str(assignment.public_id)).status_code == 200


def test_after_withdrawal_nothing_more_is_taken() -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav) | recorder.read_sentences()
    recorder.begin(announcement)
    recorder.put(announcement["client_uuid"], wav)
    withdraw(code=show_withdrawal_code(participant=recorder.participation.participant))
    answer = recorder.complete(announcement["client_uuid"])
    assert_refused(answer, status=422, code="withdrawn", final=True, says="withdrawn")
    again = recorder.begin(recorder.announcement(wav, assignment=announcement["assignment"]))
    assert_refused(again, status=410, code="withdrawn", final=True, says="withdrawn")
    assert list(object_store().list("")) == []
    assert_nothing_stored()


def test_a_session_cannot_pile_up_unfinished_uploads() -> None:
    recorder, wav = Recorder(), make_wav()
    for _ in range(20):
        assert recorder.begin(recorder.announcement(wav)).status_code == 201
    answer = recorder.begin(recorder.announcement(wav))
    assert_refused(answer, status=429, code="too_many_pending", final=False, says="20 takes")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sha256": "not hex"}, "sha256"),
        ({"client_uuid": "17"}, "client_uuid"),
        ({"capture": {"frame_gaps": "none", "hidden_during_take": False}}, "capture"),
        ({"capture": {"frame_gaps": 0}}, "capture"),
        ({"capture": {**CAPTURE, "essay": "a" * 9_000}}, "capture"),
        ({"capture": [1]}, "capture"),
    ],
)
def test_a_malformed_announcement_names_the_field(changes: dict[str, Any], field: str) -> None:
    recorder = Recorder()
    answer = recorder.begin(recorder.announcement(make_wav(), **changes))
    assert (answer.status_code, answer.json()["field"], answer.json()["final"]) == (400, field, False)
    assert not Upload.objects.exists()


def overwrite(key: str, data: bytes) -> None:
    digest = hashlib.sha256(data).hexdigest()
    object_store().put(key=key, data=data, sha256=digest, content_type="audio/wav")
