"""What the object store is made of, as read from OBJECT_STORE_URL; free of boto3 and of settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStoreConfig:
    """Where objects live: a folder, or a bucket of any S3 service."""

    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""
    endpoint_url: str | None = None  # None: Amazon's own
    public_endpoint_url: str | None = None  # what browsers reach, where it differs from endpoint_url
    region: str = "us-east-1"
    access_key: str | None = None  # None: boto3 looks in AWS_* variables, profiles and instance roles
    secret_key: str | None = field(default=None, repr=False)
    addressing: str = "path"  # "virtual" where the provider wants bucket.host names

    @property
    def is_s3(self) -> bool:
        return self.folder is None

    @property
    def browser_origins(self) -> list[str]:
        """Origins a page must be allowed to connect to for presigned uploads (Content-Security-Policy)."""
        if not self.is_s3:
            return []
        endpoint = self.public_endpoint_url or self.endpoint_url or f"https://s3.{self.region}.amazonaws.com"
        parts = urlsplit(endpoint)
        host = f"{self.bucket}.{parts.netloc}" if self.addressing == "virtual" else parts.netloc
        return [f"{parts.scheme}://{host}"]
