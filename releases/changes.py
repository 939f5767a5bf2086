"""What each release added and dropped, counted from the recordings every release was built from."""

from __future__ import annotations

from collection.models import Campaign, Recording
from releases.models import Release
from releases.rules import parse_version


def describe_changes(*, campaign: Campaign, version: str, recording_ids: set[str]) -> tuple[str, ...]:
    """One entry for this version and each earlier published one, newest first."""
    published = {release.version: ids_in(release) for release in Release.objects.published_of(campaign)}
    earlier = sorted((v for v in published if parse_version(v) < parse_version(version)), key=parse_version)
    contents = {known: published[known] for known in earlier} | {version: recording_ids}
    withdrawn = withdrawn_ids(campaign)
    versions = [*earlier, version]
    entries = [
        entry(version=new, now=contents[new], before=contents[old] if old else None, withdrawn=withdrawn)
        for old, new in zip([None, *versions], versions, strict=False)
    ]
    return tuple(reversed(entries))


def entry(*, version: str, now: set[str], before: set[str] | None, withdrawn: set[str]) -> str:
    if before is None:
        return f"## {version}\n- first release: {len(now)} recordings"
    dropped = before - now
    return (
        f"## {version}\n- {len(now)} recordings: {len(now - before)} added, {len(dropped)} dropped, "
        f"{len(dropped & withdrawn)} of those withdrawn by their speakers"
    )


def ids_in(release: Release) -> set[str]:
    return {str(public_id) for public_id in release.recordings.values_list("public_id", flat=True)}


def withdrawn_ids(campaign: Campaign) -> set[str]:
    withdrawn = Recording.objects.filter(
        participation__campaign=campaign, participation__participant__withdrawn_at__isnull=False
    )
    return {str(public_id) for public_id in withdrawn.values_list("public_id", flat=True)}
