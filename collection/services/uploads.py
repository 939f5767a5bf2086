"""The way of a take from the browser into the store: begin, bytes, complete; every step may be repeated.

The browser keeps its copy until `complete` has answered, so whatever fails here on the way costs nothing: bytes
arrive under a key of their own, are read again, checked, and copied to the key that is never written twice; then
one transaction makes the recording, its stamp and its first job. A crash between any two steps leaves an upload
that is still pending, and the next try goes through.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audio.checks import TakeLimits, check_take
from audio.errors import AudioRefused
from audio.wav import WavFile
from collection import refusals
from collection.evidence import evidence_of
from collection.models import Assignment, Campaign, Participation, Recording, Upload
from collection.refusals import Refusal
from collection.rules import MAX_PENDING_UPLOADS
from core.errors import ShownToUser
from core.jobs import enqueue
from core.storage import DigestMismatch, MissingObject, PresignedPut, object_store
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work

WAV = "audio/wav"
PUT_EXPIRES_S = 3_600
DERIVE = "collection.derive"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedTake:
    """What the browser says about a take before it sends it."""

    client_uuid: UUID
    sha256: str
    byte_length: int
    capture: dict[str, Any]


def begin_upload(*, assignment: Assignment, take: AnnouncedTake) -> tuple[Upload, bool]:
    """The upload of this take, pending or (where that can be seen already) refused, and whether it is new.

    Raises ShownToUser `uuid_reused`, `withdrawn` or `too_many_pending`.
    """
    refuse_withdrawn(assignment.participation)
    known = Upload.objects.filter(client_uuid=take.client_uuid).first()
    upload, is_new = (known, False) if known else create_upload(assignment=assignment, take=take)
    if (upload.assignment_id, upload.sha256, upload.byte_length) != (
        assignment.pk,
        take.sha256,
        take.byte_length,
    ):
        raise refusals.uuid_reused(take.client_uuid)
    return upload, is_new


def create_upload(*, assignment: Assignment, take: AnnouncedTake) -> tuple[Upload, bool]:
    refuse_too_many_pending(assignment.participation)
    refusal = refusal_of_announcement(assignment=assignment, take=take)
    fields: dict[str, Any] = {
        "assignment": assignment,
        "sha256": take.sha256,
        "byte_length": take.byte_length,
        "capture": take.capture,
        "object_key": incoming_key(take.client_uuid),
    }
    if refusal is not None:
        fields |= fields_of_refusal(refusal)
    # get_or_create: the same browser may announce it twice at the same moment.
    return Upload.objects.get_or_create(client_uuid=take.client_uuid, defaults=fields)


def refusal_of_announcement(*, assignment: Assignment, take: AnnouncedTake) -> Refusal | None:
    stored = Recording.objects.filter(assignment=assignment).first()
    if stored is not None:
        return refusals.already_recorded(stored.number_in_session)
    return refusals.refusal_before_bytes(
        byte_length=take.byte_length, capture=take.capture, max_upload_bytes=settings.MAX_UPLOAD_BYTES
    )


def sign_put(*, upload: Upload) -> PresignedPut | None:
    """Where the store itself takes the bytes; None where they come through Django."""
    return object_store().presigned_put(
        key=upload.object_key,
        byte_length=upload.byte_length,
        sha256=upload.sha256,
        content_type=WAV,
        expires_s=PUT_EXPIRES_S,
    )


def receive_bytes(*, upload: Upload, body: BinaryIO, content_length: int | None) -> None:
    """Stream the take into the store under its incoming key; a finished upload takes nothing more.

    Raises ShownToUser `wrong_length` or `wrong_sha256`, both not final: the browser sends its copy again.
    """
    if upload.state != Upload.State.PENDING:
        return
    if content_length != upload.byte_length:
        raise refusals.wrong_length(announced_bytes=upload.byte_length, arrived_bytes=content_length)
    try:
        object_store().put(key=upload.object_key, data=body, sha256=upload.sha256, content_type=WAV)
    except DigestMismatch as error:
        raise refusals.wrong_sha256() from error
    if reread(upload).state != Upload.State.PENDING:
        object_store().delete(upload.object_key)


def complete_upload(*, upload: Upload) -> Upload:
    """Read the bytes again, check them, and store or refuse the take; a finished upload stays as it is.

    Raises ShownToUser `bytes_missing`, `wrong_length` or `wrong_sha256`, not final: nothing was decided, the
    bytes have to come (again).
    """
    if upload.state != Upload.State.PENDING:
        return upload
    try:
        data = arrived_bytes(upload)
    except MissingObject as error:
        # Gone because another call has finished, or never here.
        upload = reread(upload)
        if upload.state == Upload.State.PENDING:
            raise refusals.bytes_missing() from error
        return upload
    try:
        facts = check_take(data, limits=limits_of(upload.assignment.participation.campaign))
    except AudioRefused as refused:
        settled = refuse_upload(upload=upload, refusal=of_sound(refused))
    else:
        object_store().put(key=take_key(upload), data=data, sha256=upload.sha256, content_type=WAV)
        settled = store_or_refuse(upload=upload, facts=facts)
    clear_away(settled)
    return settled


def arrived_bytes(upload: Upload) -> bytes:
    """The bytes in the store, which are those announced; others are thrown away, so that they can come again."""
    store = object_store()
    found = store.head(upload.object_key)
    if found is None:
        raise MissingObject(f"No bytes have arrived for upload {upload.client_uuid}.")
    if found.byte_length != upload.byte_length:
        store.delete(upload.object_key)
        raise refusals.wrong_length(announced_bytes=upload.byte_length, arrived_bytes=found.byte_length)
    data = b"".join(store.iterate(upload.object_key))
    if hashlib.sha256(data).hexdigest() != upload.sha256:
        store.delete(upload.object_key)
        raise refusals.wrong_sha256()
    return data


@transaction.atomic
def store_or_refuse(*, upload: Upload, facts: WavFile) -> Upload:
    """The one transaction: recording, work unit, stamp, assignment, job; or the refusal by its siblings."""
    upload = locked(upload)
    if upload.state != Upload.State.PENDING:
        return upload
    # Takes of one session queue here: numbers follow each other and an assignment has one recording.
    # The participant's row is locked with it, so that a withdrawal comes wholly before or wholly after.
    sessions = Participation.objects.select_for_update().select_related("participant")
    participation = sessions.get(pk=upload.assignment.participation_id)
    refusal = refusal_among_siblings(upload=upload, participation=participation)
    if refusal is not None:
        return mark_refused(upload, refusal)
    recording = create_recording(upload=upload, participation=participation, facts=facts)
    earn_stamp(recording)
    Assignment.objects.filter(pk=upload.assignment_id).update(state=Assignment.State.RECORDED)
    upload.state, upload.finished_at = Upload.State.STORED, timezone.now()
    upload.save(update_fields=["state", "finished_at"])
    enqueue(kind=DERIVE, subject_key=recording.work_subject, payload={"recording_id": recording.pk})
    return upload


def refusal_among_siblings(*, upload: Upload, participation: Participation) -> Refusal | None:
    if participation.participant.has_withdrawn:
        return refusals.withdrawn()
    siblings = participation.recordings.all()
    for_assignment = siblings.filter(assignment=upload.assignment_id).first()
    if for_assignment is not None:
        return refusals.already_recorded(for_assignment.number_in_session)
    same_bytes = siblings.filter(sha256=upload.sha256).first()
    return None if same_bytes is None else refusals.same_take_again(same_bytes.number_in_session)


def create_recording(*, upload: Upload, participation: Participation, facts: WavFile) -> Recording:
    return Recording.objects.create(
        upload=upload,
        assignment=upload.assignment,
        participation=participation,
        number_in_session=participation.recordings.count() + 1,
        object_key=take_key(upload),
        sha256=upload.sha256,
        byte_length=upload.byte_length,
        capture=upload.capture,
        **facts_for_recording(facts),
    )


def facts_for_recording(facts: WavFile) -> dict[str, Any]:
    return {
        "sample_rate_hz": facts.sample_rate_hz,
        "channels": facts.channels,
        "sample_format": facts.sample_format,
        "frames": facts.frames,
    }


def earn_stamp(recording: Recording) -> None:
    work_unit = record_finished_work(
        participant=recording.participation.participant,
        subject=recording.work_subject,
        evidence=evidence_of(recording),
    )
    mint_stamp(work_unit=work_unit)


def refuse_upload(*, upload: Upload, refusal: Refusal) -> Upload:
    with transaction.atomic():
        upload = locked(upload)
        return mark_refused(upload, refusal) if upload.state == Upload.State.PENDING else upload


def locked(upload: Upload) -> Upload:
    return found_in(Upload.objects.select_for_update(), upload)


def reread(upload: Upload) -> Upload:
    return found_in(Upload.objects.all(), upload)


def found_in(uploads: QuerySet[Upload], upload: Upload) -> Upload:
    found = uploads.filter(pk=upload.pk).first()
    if found is None:
        # Swept away as stale in this very moment: the browser announces it again.
        raise refusals.bytes_missing()
    return found


def mark_refused(upload: Upload, refusal: Refusal) -> Upload:
    for name, value in fields_of_refusal(refusal).items():
        setattr(upload, name, value)
    upload.save(update_fields=list(fields_of_refusal(refusal)))
    return upload


def fields_of_refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "state": Upload.State.REFUSED,
        "refusal_code": refusal.code,
        "refusal_message": refusal.message,
        "refusal_field": refusal.field,
        "finished_at": timezone.now(),
    }


def of_sound(refused: AudioRefused) -> Refusal:
    return Refusal(code=refused.code, message=refused.message, field="bytes")


def limits_of(campaign: Campaign) -> TakeLimits:
    return TakeLimits(min_duration_s=campaign.min_duration_s, max_duration_s=campaign.max_duration_s)


def refuse_withdrawn(participation: Participation) -> None:
    if participation.participant.has_withdrawn:
        refusal = refusals.withdrawn()
        raise ShownToUser(refusal.message, code=refusal.code, field=refusal.field, status=410)


def refuse_too_many_pending(participation: Participation) -> None:
    pending = Upload.objects.filter(assignment__participation=participation, state=Upload.State.PENDING)
    if pending.count() >= MAX_PENDING_UPLOADS:
        raise refusals.too_many_pending(MAX_PENDING_UPLOADS)


def clear_away(upload: Upload) -> None:
    """Delete what a finished upload no longer needs; a crash before this leaves it to the sweep."""
    object_store().delete(upload.object_key)
    if upload.state == Upload.State.REFUSED:
        object_store().delete(take_key(upload))


def incoming_key(client_uuid: UUID) -> str:
    return f"incoming/{client_uuid.hex[:2]}/{client_uuid}.wav"


def take_key(upload: Upload) -> str:
    # Not the key that a presigned address can still write to: a stored take never changes. With the row's number,
    # because a take that is announced again after a sweep must not get a key that the sweep may still delete.
    return f"takes/{upload.client_uuid.hex[:2]}/{upload.client_uuid}_{upload.pk}.wav"
