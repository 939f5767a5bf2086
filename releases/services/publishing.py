"""Publish a release: ask for it, build it in the worker, keep its archive, and take it back.

The archive is put between two transactions. The first notes which recordings it is made of; the second makes it
public, only if nobody has withdrawn since. So whoever erases a recording knows every archive that may hold it, and a
crash between the steps leaves a release that is still building.
"""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.services.audit import record_action
from collection.models import Campaign, Recording
from core.errors import RetryLater, ShownToUser
from core.jobs import enqueue, retry_quarantined
from core.models import Job
from core.storage import object_store
from core.work_folders import work_folder
from recruitment.models import Participant
from releases.models import Release
from releases.rules import parse_version
from releases.services.builder import BuiltRelease, build_release

BUILD = "releases.build"
GZIP = "application/gzip"
REBUILD_AFTER_S = 1.0


def request_release(*, campaign: Campaign, version: str, requested_by: User | None) -> Release:
    """A release that a worker builds. Raises ShownToUser `bad_version`, `version_exists`, `nothing_accepted`."""
    parse_version(version)
    if not Recording.objects.releasable().filter(participation__campaign=campaign).exists():
        raise ShownToUser(
            f"No recording of '{campaign.title}' has been accepted yet, so there is nothing to release. "
            "Please review its recordings first.",
            code="nothing_accepted",
            field="campaign",
        )
    with transaction.atomic():
        release, is_new = Release.objects.get_or_create(
            campaign=campaign, version=version, defaults={"requested_by": requested_by}
        )
        if not is_new:
            raise ShownToUser(
                f"Version {version} of '{campaign.title}' exists already, and a release never changes. "
                "Please choose the next version.",
                code="version_exists",
                field="version",
            )
        note_release(actor=requested_by, release=release, action="release.request")
        enqueue(kind=BUILD, subject_key=job_key(release), payload={"release_id": release.pk})
    return release


def retry_release(*, release: Release, actor: User) -> Release:
    """Build again what failed, once its cause is mended."""
    job = Job.objects.filter(kind=BUILD, subject_key=job_key(release)).first()
    if job is None:
        raise ShownToUser(f"No build of {release} was ever asked for.", code="no_such_job", status=409)
    with transaction.atomic():
        retry_quarantined(job=job)
        note_release(actor=actor, release=release, action="release.retry")
    return release


def publish_release(*, release: Release) -> Release:
    """Build and store the archive of a release that is building; any other stays as it is."""
    if not release.is_building:
        return release
    with work_folder() as folder:
        built = build_release(campaign=release.campaign, version=release.version, out_dir=folder)
        note_contents(release=release, built=built)
        with built.archive.open("rb") as archive:
            object_store().put(
                key=release.archive_key, data=archive, sha256=built.archive_sha256, content_type=GZIP
            )
    return make_ready(release=release)


def note_contents(*, release: Release, built: BuiltRelease) -> None:
    recordings = Recording.objects.filter(public_id__in=built.recording_ids)
    with transaction.atomic():
        release.archive_key = archive_key(release)
        release.archive_sha256, release.archive_bytes = built.archive_sha256, built.archive_bytes
        release.save(update_fields=["archive_key", "archive_sha256", "archive_bytes"])
        release.recordings.set(recordings)


def make_ready(*, release: Release) -> Release:
    with transaction.atomic():
        # Locked, so that nobody withdraws between this look and the commit.
        people = Participant.objects.filter(participation__recordings__releases=release)
        withdrawn_at = list(people.select_for_update(of=("self",)).values_list("withdrawn_at", flat=True))
        someone_withdrew = any(moment is not None for moment in withdrawn_at)
        if not someone_withdrew:
            building = Release.objects.filter(pk=release.pk, state=Release.State.BUILDING)
            if building.update(state=Release.State.READY):
                note_release(actor=release.requested_by, release=release, action="release.publish")
    if someone_withdrew:
        object_store().delete(release.archive_key)
        raise RetryLater(f"A speaker withdrew while {release} was built.", delay_s=REBUILD_AFTER_S)
    release.refresh_from_db()
    return release


def retract_release(*, release: Release, reason: str) -> None:
    """Nobody downloads it from now on: first the row says so, then the archive goes. Again changes nothing."""
    with transaction.atomic():
        ready = Release.objects.filter(pk=release.pk, state=Release.State.READY)
        if ready.update(state=Release.State.RETRACTED):
            note_release(actor=None, release=release, action="release.retract", reason=reason)
    if release.archive_key:
        object_store().delete(release.archive_key)


def note_release(*, actor: User | None, release: Release, action: str, reason: str = "") -> None:
    details = {"sha256": release.archive_sha256, "bytes": release.archive_bytes}
    if reason:
        details["reason"] = reason
    record_action(actor=actor, action=action, subject=release.audit_subject, details=details)


def job_key(release: Release) -> str:
    return f"release:{release.pk}"


def archive_key(release: Release) -> str:
    return f"releases/{release.campaign.slug}/{release.archive_name}"
