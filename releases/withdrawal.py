"""Erase what people have withdrawn: this package sees everything that was ever made from a recording.

Every query hides withdrawn recordings at once; here their bytes go. The order makes a crash harmless: rows still
name the objects until all of them are deleted, and deleting again changes nothing, so the next sweep simply starts
over. What stays: an empty shell of each recording (so that numbers, stamps and the audit log keep their meaning)
and a public tombstone.

Work that was under way when somebody withdrew may still write an object afterwards. It removes that itself; should
it die in between, the recheck finds the object once everything that ran then has surely ended.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from collection.models import DerivedObject, Participation, QualityFlag, Recording, Review, Upload
from core.errors import Broken
from core.storage import object_store
from evaluation.listening.services.listeners import erase_listening
from evaluation.runs.models import QualityEstimate, Separation, Stem
from evaluation.runs.services.voices import unname_withdrawn
from recruitment.models import Participant
from recruitment.querysets import ParticipantQuerySet
from recruitment.services.work_units import forget_evidence
from releases.models import Release, WithdrawnRecording
from releases.services.publishing import retract_release

logger = logging.getLogger(__name__)

PARTICIPANTS_AT_ONCE = 50
# Longer than a presigned upload address is good for and than any job on a recording may run.
RECHECK_AFTER = timedelta(hours=2)


def erase_withdrawn() -> int:
    """Everything of everybody who has withdrawn; how many participants that were."""
    waiting = Participant.objects.awaiting_erasure() | participants_with_late_takes()
    participants = list(waiting.order_by("withdrawn_at", "pk")[:PARTICIPANTS_AT_ONCE])
    for participant in participants:
        erase_participant(participant=participant)
    return len(participants)


def participants_with_late_takes() -> ParticipantQuerySet:
    """Erased already, but an upload that was being completed just then became a recording afterwards."""
    tombstone = WithdrawnRecording.objects.filter(recording_id=OuterRef("public_id"))
    late = Recording.objects.filter(~Exists(tombstone), participation__participant=OuterRef("pk"))
    return Participant.objects.filter(Exists(late), withdrawn_at__isnull=False)


def erase_participant(*, participant: Participant) -> None:
    """Raises Broken for somebody who has not withdrawn."""
    if participant.withdrawn_at is None:
        raise Broken(f"The participant {participant} has not withdrawn, so nothing of theirs is erased.")
    recordings = list(
        Recording.objects.filter(participation__participant=participant).select_related("participation")
    )
    raise_tombstones(recordings, withdrawn_at=participant.withdrawn_at)
    retract_releases(recordings)
    for recording in recordings:
        delete_objects(recording)
    delete_upload_objects(participant)
    erase_rows(participant=participant, recordings=recordings)
    logger.info("Erased %d recordings of a participant who withdrew.", len(recordings))


def raise_tombstones(recordings: list[Recording], *, withdrawn_at: datetime) -> None:
    """First, because they are public: users of old releases learn it even while objects are being deleted."""
    tombstones = [
        WithdrawnRecording(
            recording_id=recording.public_id,
            mixture_name=recording.mixture_name,
            sha256=recording.sha256,
            withdrawn_at=withdrawn_at,
        )
        for recording in recordings
    ]
    WithdrawnRecording.objects.bulk_create(tombstones, ignore_conflicts=True)


def retract_releases(recordings: list[Recording]) -> None:
    """An archive cannot lose one file: all of it goes, and the next release is built without the recording."""
    for release in Release.objects.filter(recordings__in=recordings).select_related("campaign").distinct():
        retract_release(release=release, reason="a recording in it was withdrawn")


def delete_objects(recording: Recording) -> None:
    """The take and all that was made from it: what rows name, and what lies in the recording's own folders."""
    store = object_store()
    of_stems = Stem.objects.filter(separation__recording=recording)
    named = chain(
        [recording.object_key],
        recording.derived_objects.values_list("object_key", flat=True),
        of_stems.values_list("object_key", flat=True),
        of_stems.exclude(spectrogram_key="").values_list("spectrogram_key", flat=True),
    )
    folders = [f"derived/{recording.public_id}/", f"stems/{recording.public_id}/"]
    found = [item.key for folder in folders for item in store.list(folder)]
    for key in {*named, *found}:
        store.delete(key)


def delete_upload_objects(participant: Participant) -> None:
    """Takes that were on their way or were refused; none of them is needed any more."""
    uploads = Upload.objects.filter(assignment__participation__participant=participant)
    for key in uploads.values_list("object_key", flat=True):
        object_store().delete(key)


def erase_rows(*, participant: Participant, recordings: list[Recording]) -> None:
    """All rows in one transaction, so that `erased_at` is the truth: downstream first, then the shells."""
    with transaction.atomic():
        erase_listening(participant=participant)
        delete_results(recordings)
        empty_shells(participant=participant, recordings=recordings)
        forget_evidence(participant=participant)
        unname_withdrawn(participant=participant)
        Participant.objects.filter(pk=participant.pk, erased_at__isnull=True).update(erased_at=timezone.now())


def delete_results(recordings: list[Recording]) -> None:
    QualityEstimate.objects.filter(stem__separation__recording__in=recordings).delete()
    Stem.objects.filter(separation__recording__in=recordings).delete()
    Separation.objects.filter(recording__in=recordings).delete()
    DerivedObject.objects.filter(recording__in=recordings).delete()
    QualityFlag.objects.filter(recording__in=recordings).delete()
    Review.objects.filter(recording__in=recordings).delete()


def empty_shells(*, participant: Participant, recordings: list[Recording]) -> None:
    """Nothing that a person said about themselves or their device is left; ids and digests are."""
    Upload.objects.filter(assignment__participation__participant=participant).update(capture={})
    ids = [recording.pk for recording in recordings]
    Recording.objects.filter(pk__in=ids).update(
        capture={}, public_example="", example_reason="", origin_note=""
    )
    Participation.objects.filter(participant=participant).update(
        speaker_genders=Participation.SpeakerGenders.UNDISCLOSED,
        native_speakers="",
        other_native_languages="",
    )


def recheck_erased() -> int:
    """Delete once more, when everything that ran at the time of a withdrawal has ended; how many recordings."""
    moment = timezone.now()
    due = WithdrawnRecording.objects.awaiting_recheck(withdrawn_before=moment - RECHECK_AFTER)
    tombstones = list(due[:PARTICIPANTS_AT_ONCE])
    ids = [tombstone.recording_id for tombstone in tombstones]
    recordings = list(Recording.objects.filter(public_id__in=ids))
    for recording in recordings:
        delete_objects(recording)
    retract_releases(recordings)
    for participant in Participant.objects.filter(participation__recordings__in=recordings).distinct():
        delete_upload_objects(participant)
    WithdrawnRecording.objects.filter(pk__in=[row.pk for row in tombstones]).update(rechecked_at=moment)
    return len(recordings)
