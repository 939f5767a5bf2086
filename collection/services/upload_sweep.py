"""Clears away uploads that never finished, and objects that no row knows; both ways, safe to run at any time."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import PurePosixPath
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collection.models import Recording, Upload
from collection.rules import PENDING_UPLOAD_KEPT_H
from collection.services.uploads import take_key
from core.storage import object_store

logger = logging.getLogger(__name__)

KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptUploads:
    stale_uploads: int
    orphan_objects: int


def sweep_uploads() -> SweptUploads:
    """Stale uploads with their objects, then incoming objects whose upload is finished or gone; every hour."""
    return reported(
        SweptUploads(stale_uploads=discard_stale_uploads(), orphan_objects=delete_orphans("incoming/"))
    )


def sweep_takes() -> SweptUploads:
    """Objects of takes that became no recording, because a server died between the two; reads every key."""
    return reported(SweptUploads(stale_uploads=0, orphan_objects=delete_orphans("takes/")))


def reported(swept: SweptUploads) -> SweptUploads:
    if swept.stale_uploads or swept.orphan_objects:
        logger.warning(
            "Cleared away %d stale uploads and %d objects without a row.",
            swept.stale_uploads,
            swept.orphan_objects,
        )
    return swept


def discard_stale_uploads() -> int:
    """Pending for a day, or of people who have withdrawn.

    The row goes, it is not marked refused: a browser that comes back with its take may announce it again.
    """
    horizon = timezone.now() - timedelta(hours=PENDING_UPLOAD_KEPT_H)
    withdrawn = Q(assignment__participation__participant__withdrawn_at__isnull=False)
    stale = Upload.objects.filter(Q(begun_at__lt=horizon) | withdrawn, state=Upload.State.PENDING)
    return sum(discard_upload(upload=upload) for upload in stale)


def discard_upload(*, upload: Upload) -> bool:
    """Delete a pending upload and its objects; False when it has finished meanwhile and stays.

    The objects go while the row is still held: the same take announced again gets the same keys, and deleting
    after the commit could take away what it has stored meanwhile.
    """
    with transaction.atomic():
        pending = Upload.objects.select_for_update().filter(pk=upload.pk, state=Upload.State.PENDING).first()
        if pending is None:
            return False
        object_store().delete(upload.object_key)
        object_store().delete(take_key(upload))
        pending.delete()
    return True


def delete_orphans(prefix: str) -> int:
    """Delete the objects below this prefix that no row needs; returns how many there were."""
    store, count = object_store(), 0
    found = (item.key for item in store.list(prefix))
    while keys := list(islice(found, KEYS_AT_ONCE)):
        for key in orphans_among(keys):
            store.delete(key)
            count += 1
    return count


def orphans_among(keys: list[str]) -> list[str]:
    """Keys that neither an unfinished upload nor a recording needs; a foreign file is nobody's to delete."""
    uuids = {key: client_uuid for key in keys if (client_uuid := uuid_in(key)) is not None}
    # In this order: an upload that finishes between the two questions is found by the second.
    pending = Upload.objects.filter(client_uuid__in=uuids.values(), state=Upload.State.PENDING)
    awaited = set(pending.values_list("client_uuid", flat=True))
    recorded = set(Recording.objects.filter(object_key__in=keys).values_list("object_key", flat=True))
    return [key for key, client_uuid in uuids.items() if client_uuid not in awaited and key not in recorded]


def uuid_in(key: str) -> UUID | None:
    """The upload that an object was named after: `incoming/ab/<uuid>.wav`, `takes/ab/<uuid>_<row>.wav`."""
    try:
        return UUID(PurePosixPath(key).stem.partition("_")[0])
    except ValueError:
        logger.warning("The object %r was not put there by Realm: it is left alone.", key)
        return None
