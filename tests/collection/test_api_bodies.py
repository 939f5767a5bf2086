"""Bodies that nobody needs are refused before they cost memory or break a database."""

import json
import uuid

import pytest

from collection.models import Upload
from config.api_bodies import MAX_JSON_BYTES
from tests.collection.recorder import CAPTURE, Recorder
from tests.factories import make_wav

pytestmark = pytest.mark.django_db
UPLOADS = "/api/v1/uploads"


def test_a_body_longer_than_any_announcement_is_refused() -> None:
    answer = Recorder().begin({"assignment": str(uuid.uuid4()), "capture": "x" * MAX_JSON_BYTES})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "please send less" in answer.json()["message"]


def test_json_nested_too_deeply_is_a_mistake_and_no_crash() -> None:
    client = Recorder().client
    answer = client.post(UPLOADS, data="[" * 30_000 + "]" * 30_000, content_type="application/json")
    assert (answer.status_code, answer.json()["final"]) == (400, False)


def test_a_form_of_megabytes_is_never_read_into_memory() -> None:
    form = "a=" + "x" * (3 * 1024 * 1024)
    answer = Recorder().client.post("/withdraw/", data=form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_capture_facts_that_postgresql_cannot_keep_are_refused() -> None:
    recorder = Recorder()
    answer = recorder.begin(recorder.announcement(make_wav(), capture=CAPTURE | {"browser": "a\0b"}))
    assert (answer.status_code, answer.json()["field"]) == (400, "capture")
    assert "NUL" in json.dumps(answer.json())
    assert not Upload.objects.exists()
