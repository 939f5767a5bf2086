"""Takes go straight to a real S3 server by a presigned address, under the same contract as through Django."""

import urllib.error
import urllib.request
import uuid
from dataclasses import replace
from typing import Any

import pytest

from collection.models import Recording
from collection.services.upload_sweep import sweep_uploads
from core.storage import ObjectStore, object_store
from core.storage.s3 import S3Store
from tests.collection.recorder import Recorder
from tests.factories import make_wav

pytestmark = [pytest.mark.services, pytest.mark.django_db]


@pytest.fixture
def store(s3_store: S3Store, settings: Any) -> ObjectStore:
    settings.OBJECT_STORE = replace(s3_store.config, prefix=f"uploads/{uuid.uuid4().hex}")
    return object_store()


def send(put: dict[str, Any], data: bytes) -> int:
    request = urllib.request.Request(put["url"], data=data, method=put["method"], headers=put["headers"])
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_a_take_is_stored_by_presigned_put(store: ObjectStore) -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    put = recorder.begin(announcement).json()["put"]
    assert put["url"].startswith("http")
    assert send(put, wav) == 200
    assert recorder.complete(announcement["client_uuid"]).status_code == 200
    assert [found.key for found in store.list("")] == [Recording.objects.get().object_key]
    assert b"".join(store.iterate(Recording.objects.get().object_key)) == wav


def test_an_address_that_is_still_valid_cannot_change_a_stored_take(store: ObjectStore) -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    put = recorder.begin(announcement).json()["put"]
    send(put, wav)
    recorder.complete(announcement["client_uuid"])
    send(put, wav[:-1] + bytes([wav[-1] ^ 1]))
    assert b"".join(store.iterate(Recording.objects.get().object_key)) == wav
    sweep_uploads()
    assert [found.key for found in store.list("")] == [Recording.objects.get().object_key]


def test_other_bytes_than_announced_are_noticed_whatever_the_store_let_through(store: ObjectStore) -> None:
    recorder, wav = Recorder(), make_wav()
    announcement = recorder.announcement(wav)
    put = recorder.begin(announcement).json()["put"]
    send(put, wav[:-1] + bytes([wav[-1] ^ 1]))
    answer = recorder.complete(announcement["client_uuid"])
    assert answer.json()["code"] in {"wrong_sha256", "bytes_missing"}
    assert answer.json()["final"] is False
    assert not Recording.objects.exists()
