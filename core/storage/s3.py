"""Objects in a bucket of any S3 service; the only module that knows boto3.

A browser that uploads straight to the bucket needs it to allow PUT from the site's origin with the headers
`content-type` and `x-amz-checksum-sha256` (CORS); docs/operations.md shows how.
"""

from __future__ import annotations

import base64
import builtins
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.errors import Broken, RetryLater
from core.storage.config import ObjectStoreConfig
from core.storage.contract import (
    CHUNK_BYTES,
    DigestMismatch,
    MissingObject,
    PresignedPut,
    StoredObject,
    checked_key,
    chunks,
    copy_checked,
)

NOT_IMPLEMENTED = 501
VERSIONLESS_CODES = frozenset({"NotImplemented", "MethodNotAllowed"})  # services that know no versions
UPLOAD_HEADERS = ["content-type", "x-amz-checksum-sha256"]
SPOOL_BYTES = 8 * 1024 * 1024
MISSING_CODES = frozenset({"404", "NoSuchKey", "NotFound"})
DIGEST_CODES = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"})
PASSING_CODES = frozenset({"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling"})


@contextmanager
def _s3_errors(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _translated(error, key) from error
    except BotoCoreError as error:
        raise RetryLater(f"The object store could not be reached for {key!r}: {error}") from error


def _translated(error: ClientError, key: str) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in MISSING_CODES:
        return MissingObject(f"The object {key!r} is not in the store.")
    if code in DIGEST_CODES:
        return DigestMismatch(
            f"The object store received other bytes than announced for {key!r}: send them again."
        )
    if code in PASSING_CODES or (status >= 500 and status != NOT_IMPLEMENTED):
        return RetryLater(f"The object store is busy ({code or status}) for {key!r}.")
    return Broken(
        f"The object store refused {key!r} with {code or status}: check OBJECT_STORE_URL and its rights."
    )


class S3Store:
    """Objects in a bucket, addressed by plain S3: no feature that only one provider has."""

    def __init__(self, config: ObjectStoreConfig) -> None:
        self.config = config
        self.client = _s3_client(config, config.endpoint_url)
        # A presigned URL is for browsers: it carries the address that they reach.
        public = config.public_endpoint_url
        self.signing_client = _s3_client(config, public) if public else self.client

    def put(self, *, key: str, data: bytes | BinaryIO, sha256: str, content_type: str) -> StoredObject:
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as whole, _s3_errors(key):
            byte_length = copy_checked(data, whole, sha256=sha256)
            whole.seek(0)
            self.client.put_object(
                **self._address(key),
                Body=whole,
                ContentLength=byte_length,
                ContentMD5=_md5_base64(whole),
                ChecksumSHA256=_hex_to_base64(sha256),
                ContentType=content_type,
            )
        return StoredObject(key=key, byte_length=byte_length)

    def head(self, key: str) -> StoredObject | None:
        try:
            with _s3_errors(key):
                answer = self.client.head_object(**self._address(key))
        except MissingObject:
            return None
        return StoredObject(key=key, byte_length=int(answer["ContentLength"]))

    def open(self, key: str) -> BinaryIO:
        """A seekable copy (in memory while small): decoders seek, a network stream cannot."""
        whole = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the caller closes it
        whole.writelines(self.iterate(key))
        whole.seek(0)
        return whole  # type: ignore[return-value]

    def iterate(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        wanted: dict[str, str] = {}
        if start or length is not None:
            last = "" if length is None else str(start + length - 1)
            wanted = {"Range": f"bytes={start}-{last}"}
        with _s3_errors(key):
            body = self.client.get_object(**self._address(key), **wanted)["Body"]
        return self._body_chunks(key, body, length)

    def _body_chunks(self, key: str, body: Any, length: int | None) -> Iterator[bytes]:
        with _s3_errors(key):
            yield from chunks(body.read, body.close, length)

    def download_to(self, key: str, path: Path) -> None:
        with path.open("wb") as target:
            target.writelines(self.iterate(key))

    def delete(self, key: str) -> None:
        """With every version: who withdraws a recording means all of it."""
        with _s3_errors(key):
            if not self._keeps_versions():
                self.client.delete_object(**self._address(key))
                return
            for version in self._versions(key):
                # Singly: the bulk call needs a checksum that not every provider computes the same way.
                self.client.delete_object(**self._address(key), VersionId=version)

    def _keeps_versions(self) -> bool:
        try:
            return "Status" in self.client.get_bucket_versioning(Bucket=self.config.bucket)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in VERSIONLESS_CODES:
                return False
            raise

    def _versions(self, key: str) -> builtins.list[str]:
        bucket = self.config.bucket
        full_key = self._full_key(key)
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=full_key)
        rows = [row for page in pages for row in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]]
        return [row["VersionId"] for row in rows if row["Key"] == full_key]

    def list(self, prefix: str) -> Iterator[StoredObject]:
        start = len(self._full_key(""))
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.config.bucket, Prefix=self._full_key(prefix)
        )
        with _s3_errors(prefix):
            for page in pages:
                for row in page.get("Contents", []):
                    yield StoredObject(key=row["Key"][start:], byte_length=int(row["Size"]))

    def discard_unfinished(self, *, older_than_s: float) -> int:
        """Nothing: an object that was not put whole is not there."""
        return 0

    def presigned_put(
        self, *, key: str, byte_length: int, sha256: str, content_type: str, expires_s: int
    ) -> PresignedPut | None:
        """Length, type and checksum are signed; not every store compares the checksum, so check after it."""
        headers = {"Content-Type": content_type, "x-amz-checksum-sha256": _hex_to_base64(sha256)}
        signed = {
            "ContentLength": byte_length,
            "ContentType": content_type,
            "ChecksumSHA256": _hex_to_base64(sha256),
        }
        with _s3_errors(key):
            url = self.signing_client.generate_presigned_url(
                "put_object", Params={**self._address(key), **signed}, ExpiresIn=expires_s
            )
        return PresignedPut(url=url, headers=headers, expires_s=expires_s)

    def make_bucket(self) -> bool:
        """False where the bucket was there already."""
        with _s3_errors(self.config.bucket):
            buckets = self.client.list_buckets().get("Buckets", [])
            if any(row["Name"] == self.config.bucket for row in buckets):
                return False
            self.client.create_bucket(Bucket=self.config.bucket)
        return True

    def allow_uploads_from(self, origins: builtins.list[str]) -> None:
        """Let pages of these origins put objects; Broken where the service has no such call."""
        rule = {
            "AllowedOrigins": origins,
            "AllowedMethods": ["PUT"],
            "AllowedHeaders": UPLOAD_HEADERS,
            "MaxAgeSeconds": 3600,
        }
        with _s3_errors(self.config.bucket):
            self.client.put_bucket_cors(Bucket=self.config.bucket, CORSConfiguration={"CORSRules": [rule]})

    def _address(self, key: str) -> dict[str, str]:
        return {"Bucket": self.config.bucket, "Key": self._full_key(checked_key(key))}

    def _full_key(self, key: str) -> str:
        prefix = self.config.prefix.strip("/")
        return f"{prefix}/{key}" if prefix else key


def _s3_client(config: ObjectStoreConfig, endpoint_url: str | None) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=config.region,
        aws_access_key_id=config.access_key,
        aws_secret_access_key=config.secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": config.addressing},
            # By default boto3 adds CRC32 trailers that several S3 services refuse.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"mode": "standard", "max_attempts": 4},
            connect_timeout=5,
            read_timeout=60,
            max_pool_connections=16,
        ),
    )


def _hex_to_base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode("ascii")


def _md5_base64(whole: IO[bytes]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    while chunk := whole.read(CHUNK_BYTES):
        digest.update(chunk)
    whole.seek(0)
    return base64.b64encode(digest.digest()).decode("ascii")
