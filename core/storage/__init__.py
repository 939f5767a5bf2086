"""The one door to object storage: a folder, or any S3 service, behind one protocol."""

from __future__ import annotations

import hashlib
import os
import uuid
from functools import lru_cache

from django.conf import settings

from core.storage.config import ObjectStoreConfig
from core.storage.contract import DigestMismatch, MissingObject, ObjectStore, PresignedPut, StoredObject
from core.storage.folder import FolderStore

__all__ = [
    "DigestMismatch",
    "MissingObject",
    "ObjectStore",
    "PresignedPut",
    "StoredObject",
    "object_store",
    "probe_store",
]


def object_store() -> ObjectStore:
    """The store of this process, as settings.OBJECT_STORE names it."""
    # By process: a boto3 client made before a fork must not share its sockets with the child.
    return _store_for(settings.OBJECT_STORE, os.getpid())


@lru_cache(maxsize=4)
def _store_for(config: ObjectStoreConfig, _process_id: int) -> ObjectStore:
    if config.folder is not None:
        return FolderStore(config.folder)
    from core.storage.s3 import S3Store  # boto3 takes half a second that a folder never needs

    return S3Store(config)


def probe_store(store: ObjectStore) -> None:
    """Write and delete a small object; raises RetryLater or Broken where the store cannot take one."""
    key = f"probe/{uuid.uuid4().hex}"
    store.put(key=key, data=b"probe", sha256=hashlib.sha256(b"probe").hexdigest(), content_type="text/plain")
    store.delete(key)
