"""Stored audio is served whole, in ranges, or not at all, as a player asks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from core.errors import ShownToUser
from core.http import ServedObject, ranged_response
from core.storage import object_store
from core.storage.config import ObjectStoreConfig

DATA = bytes(range(256)) * 4
SERVED = ServedObject(key="a/b.wav", byte_length=len(DATA), sha256=hashlib.sha256(DATA).hexdigest())
ETAG = f'"{SERVED.sha256}"'


@pytest.fixture(autouse=True)
def stored(settings: Settings, tmp_path: Path) -> None:
    settings.OBJECT_STORE = ObjectStoreConfig(folder=tmp_path)
    object_store().put(key=SERVED.key, data=DATA, sha256=SERVED.sha256, content_type="audio/wav")


def ask(method: str = "get", **headers: str) -> HttpResponseBase:
    request = getattr(RequestFactory(), method)("/", headers=headers)
    return ranged_response(request, served=SERVED)


def body(response: HttpResponseBase) -> bytes:
    return response.getvalue()


def test_the_whole_sound_is_streamed_and_must_be_asked_for_again() -> None:
    response = ask()
    assert (response.status_code, body(response)) == (200, DATA)
    assert response.headers["Content-Length"] == str(len(DATA))
    assert response.headers["ETag"] == ETAG
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-1", 0, 1), ("bytes=1000-", 1000, 1023), ("bytes=-24", 1000, 1023), ("bytes=5-99999", 5, 1023)],
)
def test_one_range_is_served_alone(wanted: str, first: int, last: int) -> None:
    response = ask(range=wanted)
    assert (response.status_code, body(response)) == (206, DATA[first : last + 1])
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/1024"
    assert response.headers["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("wanted", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(wanted: str) -> None:
    response = ask(range=wanted)
    assert (response.status_code, response.headers["Content-Range"]) == (416, "bytes */1024")


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "items=0-1", "bytes=x-"])
def test_a_range_that_cannot_be_read_gives_the_whole(wanted: str) -> None:
    assert ask(range=wanted).status_code == 200


def test_a_range_of_another_version_gives_the_whole() -> None:
    assert ask(range="bytes=0-1", if_range='"other"').status_code == 200
    assert ask(range="bytes=0-1", if_range=ETAG).status_code == 206


def test_a_player_that_has_it_already_gets_no_bytes() -> None:
    response = ask(if_none_match=ETAG)
    assert (response.status_code, body(response)) == (304, b"")


def test_head_tells_the_length_without_reading_the_object() -> None:
    object_store().delete(SERVED.key)
    response = ask("head", range="bytes=0-9")
    assert (response.status_code, response.headers["Content-Length"], body(response)) == (206, "10", b"")


def test_a_withdrawn_object_is_said_plainly() -> None:
    object_store().delete(SERVED.key)
    with pytest.raises(ShownToUser, match="no longer stored") as refusal:
        ask()
    assert refusal.value.status == 404


def test_a_download_name_makes_the_browser_save() -> None:
    served = ServedObject(
        key=SERVED.key, byte_length=len(DATA), sha256=SERVED.sha256, download_name="mixture 1.wav"
    )
    response = ranged_response(RequestFactory().get("/"), served=served)
    assert response.headers["Content-Disposition"] == 'attachment; filename="mixture 1.wav"'


def test_a_range_of_thousands_of_digits_is_ignored_like_any_that_makes_no_sense() -> None:
    assert ask(range=f"bytes={'9' * 5000}-").status_code == 200
