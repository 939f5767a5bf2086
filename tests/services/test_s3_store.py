"""A real S3 server keeps the same contract as the folder, and refuses what it should refuse."""

from __future__ import annotations

import urllib.error
import urllib.request
import uuid
from dataclasses import replace

import pytest

from core.errors import Broken, RetryLater
from core.storage import PresignedPut
from core.storage.s3 import S3Store
from tests.core.store_contract import StoreContract, sha256_of

pytestmark = pytest.mark.services

DATA = bytes(range(256)) * 8  # small: a server that refuses early leaves a large body unread


class TestS3Store(StoreContract):
    @pytest.fixture
    def store(self, s3_store: S3Store) -> S3Store:
        return s3_store


class TestS3StoreWithPrefix(StoreContract):
    @pytest.fixture
    def store(self, s3_store: S3Store) -> S3Store:
        return S3Store(replace(s3_store.config, prefix=f"realm/{uuid.uuid4().hex}"))


@pytest.fixture
def key() -> str:
    return f"presigned/{uuid.uuid4().hex}.wav"


def presign(store: S3Store, key: str, *, expires_s: int = 60) -> PresignedPut:
    put = store.presigned_put(
        key=key, byte_length=len(DATA), sha256=sha256_of(DATA), content_type="audio/wav", expires_s=expires_s
    )
    assert put is not None
    return put


def send(url: str, *, data: bytes | None, method: str = "PUT", headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_a_presigned_put_stores_the_object(s3_store: S3Store, key: str) -> None:
    put = presign(s3_store, key)
    assert send(put.url, data=DATA, headers=put.headers) == 200
    assert b"".join(s3_store.iterate(key)) == DATA


def test_a_presigned_put_of_another_type_is_refused(s3_store: S3Store, key: str) -> None:
    put = presign(s3_store, key)
    assert send(put.url, data=DATA, headers={**put.headers, "Content-Type": "text/html"}) == 403
    assert s3_store.head(key) is None


def test_a_presigned_put_of_another_length_is_refused(s3_store: S3Store, key: str) -> None:
    put = presign(s3_store, key)
    assert send(put.url, data=DATA + b"more", headers=put.headers) == 403
    assert s3_store.head(key) is None


def test_a_presigned_put_with_another_checksum_is_refused(s3_store: S3Store, key: str) -> None:
    put = presign(s3_store, key)
    headers = {**put.headers, "x-amz-checksum-sha256": "AAAA"}
    assert send(put.url, data=DATA, headers=headers) == 403


def test_a_tampered_address_is_refused(s3_store: S3Store, key: str) -> None:
    put = presign(s3_store, key)
    assert send(put.url.replace(key, f"{key}.other"), data=DATA, headers=put.headers) == 403


def test_a_browser_may_ask_before_it_puts(s3_store: S3Store, key: str) -> None:
    headers = {
        "Origin": "https://realm.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,x-amz-checksum-sha256",
    }
    assert send(presign(s3_store, key).url, data=None, method="OPTIONS", headers=headers) == 200


def test_a_wrong_secret_is_broken_not_retried(s3_store: S3Store, key: str) -> None:
    stranger = S3Store(replace(s3_store.config, secret_key="wrong"))
    with pytest.raises(Broken, match="check OBJECT_STORE_URL"):
        stranger.put(key=key, data=DATA, sha256=sha256_of(DATA), content_type="audio/wav")
    assert s3_store.head(key) is None


def test_a_wrong_bucket_is_broken(s3_store: S3Store, key: str) -> None:
    with pytest.raises(Broken):
        S3Store(replace(s3_store.config, bucket="no-such-bucket")).put(
            key=key, data=b"x", sha256=sha256_of(b"x"), content_type="audio/wav"
        )


def test_a_server_that_is_away_is_retried_later(s3_store: S3Store, key: str) -> None:
    away = S3Store(replace(s3_store.config, endpoint_url="http://127.0.0.1:9"))
    with pytest.raises(RetryLater, match="could not be reached"):
        away.head(key)


def test_bytes_changed_on_the_way_are_refused_by_the_server(
    s3_store: S3Store, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.storage.s3._md5_base64", lambda whole: "1B2M2Y8AsgTpgAmY7PhCfg==")
    with pytest.raises(Broken):
        s3_store.put(key=key, data=DATA, sha256=sha256_of(DATA), content_type="audio/wav")
    assert s3_store.head(key) is None


def test_a_delete_removes_every_version(s3_store: S3Store, key: str) -> None:
    bucket = f"versioned-{uuid.uuid4().hex}"
    s3_store.client.create_bucket(Bucket=bucket)
    s3_store.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    versioned = S3Store(replace(s3_store.config, bucket=bucket))
    for data in (b"first", b"second"):
        versioned.put(key=key, data=data, sha256=sha256_of(data), content_type="audio/wav")
    assert len(versioned._versions(key)) == 2
    versioned.delete(key)
    assert versioned._versions(key) == []
    assert versioned.head(key) is None


def test_a_bucket_is_made_once(s3_store: S3Store) -> None:
    fresh = S3Store(replace(s3_store.config, bucket=f"fresh-{uuid.uuid4().hex}"))
    assert fresh.make_bucket()
    assert not fresh.make_bucket()


def test_a_call_that_the_service_does_not_know_is_not_retried(s3_store: S3Store) -> None:
    with pytest.raises(Broken, match="NotImplemented"):
        s3_store.allow_uploads_from(["https://realm.example"])
