"""Build one release below a folder: the same rows and bytes in the store always give the same files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collection.models import Campaign, Participation
from core.errors import Broken, ShownToUser
from recruitment.models import ConsentText
from releases.archive import file_sha256, pack, write_sums
from releases.changes import describe_changes, ids_in
from releases.documents import write_documents
from releases.formats import FORMATS, Report
from releases.models import Release, WithdrawnRecording
from releases.rows import ReleaseContents, ReleasedRecording, read_recordings
from releases.rules import parse_version, refuse_without_consent


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltRelease:
    """What lies in the folder afterwards: the release unpacked, and its archive."""

    folder: Path
    archive: Path
    archive_sha256: str
    archive_bytes: int
    recording_ids: tuple[str, ...]


def report_nothing(done: int, total: int) -> None:
    """For callers who watch nothing."""


def build_release(
    *, campaign: Campaign, version: str, out_dir: Path, report: Report = report_nothing
) -> BuiltRelease:
    """Write `<slug>-<version>/` and `<slug>-<version>.tar.gz` below `out_dir`.

    Raises ShownToUser `bad_version`, `version_exists`, `nothing_accepted`, `consent_missing`,
    `attribution_missing`, and Broken where the store does not hold what its rows say or a withdrawn recording
    would be published. Nothing under the final names is half written.
    """
    folder = out_dir / f"{campaign.slug}-{version}"
    archive = out_dir / f"{folder.name}.tar.gz"
    parse_version(version)
    refuse_existing(folder, archive)
    contents = collect_contents(campaign=campaign, version=version)
    partial = out_dir / f".{folder.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        write_files(contents=contents, folder=partial / folder.name, report=report)
        pack(folder=partial / folder.name, archive=partial / archive.name)
        refuse_other_bytes(campaign, version, file_sha256(partial / archive.name))
        (partial / folder.name).rename(folder)
        (partial / archive.name).rename(archive)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return BuiltRelease(
        folder=folder,
        archive=archive,
        archive_sha256=file_sha256(archive),
        archive_bytes=archive.stat().st_size,
        recording_ids=tuple(recording.recording_id for recording in contents.recordings),
    )


def refuse_existing(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise ShownToUser(
                f"{path} is there already, and a release never changes once it is built. Please choose another "
                "folder or the next version.",
                code="version_exists",
                field="version",
            )


def collect_contents(*, campaign: Campaign, version: str) -> ReleaseContents:
    recordings = read_recordings(campaign)
    refuse_unpublishable(campaign, recordings)
    recording_ids = {recording.recording_id for recording in recordings}
    refuse_other_contents(campaign, version, recording_ids)
    return ReleaseContents(
        slug=campaign.slug,
        title=campaign.title,
        introduction=campaign.introduction,
        language=campaign.language,
        language_name=campaign.language_name,
        licence=campaign.licence,
        contact_email=campaign.contact_email,
        version=version,
        recordings=recordings,
        consent_texts=consent_texts(campaign, recordings),
        changes=describe_changes(campaign=campaign, version=version, recording_ids=recording_ids),
        withdrawals=tuple(row.as_published() for row in WithdrawnRecording.objects.order_by("recording_id")),
    )


def refuse_unpublishable(campaign: Campaign, recordings: tuple[ReleasedRecording, ...]) -> None:
    if not recordings:
        raise ShownToUser(
            f"No recording of '{campaign.title}' has been accepted yet, so there is nothing to release. "
            "Please review its recordings first.",
            code="nothing_accepted",
            field="campaign",
        )
    people = people_consenting(campaign)
    for recording in recordings:
        refuse_without_consent(
            recording_id=recording.recording_id,
            is_constructed=recording.facts["origin"] == "constructed",
            people_consenting=people[recording.session] if recording.facts["consent_version"] else 0,
            note=recording.facts["origin_note"],
        )
    refuse_withdrawn(recordings)


def people_consenting(campaign: Campaign) -> dict[str, int]:
    """By session code."""
    sessions = Participation.objects.filter(campaign=campaign)
    return dict(sessions.values_list("session_code", "participant__people_consenting"))


def refuse_withdrawn(recordings: tuple[ReleasedRecording, ...]) -> None:
    """The last net: whatever a query does, nothing with a tombstone is published."""
    tombstones = {str(row) for row in WithdrawnRecording.objects.values_list("recording_id", flat=True)}
    withdrawn = [recording.recording_id for recording in recordings if recording.recording_id in tombstones]
    if withdrawn:
        raise Broken(
            f"The recording {withdrawn[0]} was withdrawn by its speakers and is still offered for release: "
            "nothing was built. Look at its participant in the admin."
        )


def refuse_other_contents(campaign: Campaign, version: str, recording_ids: set[str]) -> None:
    """A published version may be built again, but only from the same recordings."""
    published = Release.objects.published_of(campaign).filter(version=version).first()
    if published is not None and ids_in(published) != recording_ids:
        raise ShownToUser(
            f"Version {version} of '{campaign.title}' was published with other recordings than are accepted now. "
            "Please choose the next version.",
            code="version_exists",
            field="version",
        )


def refuse_other_bytes(campaign: Campaign, version: str, sha256: str) -> None:
    """The same recordings can give other files: by another default model, a reworded campaign, a new tombstone."""
    published = (
        Release.objects.published_of(campaign).filter(version=version).exclude(archive_sha256="").first()
    )
    if published is not None and published.archive_sha256 != sha256:
        raise ShownToUser(
            f"Version {version} of '{campaign.title}' was published with other bytes: since then models, wording or "
            "withdrawals have changed. Please download what was published, or choose the next version.",
            code="version_exists",
            field="version",
        )


def consent_texts(campaign: Campaign, recordings: tuple[ReleasedRecording, ...]) -> dict[int, str]:
    versions = {recording.facts["consent_version"] for recording in recordings} - {None}
    used = ConsentText.objects.filter(effort=campaign.effort_id, version__in=versions).order_by("version")
    return dict(used.values_list("version", "text"))


def write_files(*, contents: ReleaseContents, folder: Path, report: Report) -> None:
    folder.mkdir(parents=True)
    steps = len(FORMATS)
    for step, write_layout in enumerate(FORMATS.values()):
        write_layout(contents=contents, folder=folder, report=later_part(report, step=step, steps=steps))
    write_documents(contents=contents, folder=folder)
    write_sums(folder)


def later_part(report: Report, *, step: int, steps: int) -> Callable[[int, int], None]:
    """The progress of one layout as part of the progress of all."""

    def reported(done: int, total: int) -> None:
        report(step * total + done, steps * total)

    return reported
