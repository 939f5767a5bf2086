"""What the page of releases shows: every release with its build, and what could be released next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from collection.models import Campaign, Recording
from core.models import Job, JobState
from releases.models import Release
from releases.rules import next_version
from releases.services.publishing import BUILD, job_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLine:
    """A release and, while it is not ready, what its build says."""

    release: Release
    recording_count: int
    problem: str

    @property
    def has_failed(self) -> bool:
        return bool(self.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A campaign that has something to release."""

    campaign: Campaign
    accepted: int
    suggested_version: str


def list_releases() -> list[ReleaseLine]:
    """Newest first, in three queries."""
    releases = Release.objects.select_related("campaign", "requested_by")
    counts = dict(Release.objects.order_by().values_list("pk").annotate(Count("recordings")))
    stopped = Job.objects.filter(kind=BUILD, state__in=[JobState.QUARANTINED, JobState.CANCELLED])
    jobs = {job.subject_key: job for job in stopped}
    return [
        ReleaseLine(
            release=release,
            recording_count=counts.get(release.pk, 0),
            problem=problem_of(jobs.get(job_key(release))) if release.is_building else "",
        )
        for release in releases
    ]


def problem_of(job: Job | None) -> str:
    if job is None:
        return ""
    if job.state == JobState.CANCELLED:
        return "The build was cancelled."
    # "Broken: sentence" was written for the log; the page needs the sentence.
    return job.last_error.partition(": ")[2] or job.last_error or "The build failed without a reason."


def list_candidates() -> list[Candidate]:
    """Campaigns with accepted recordings, with the version that comes next."""
    accepted = dict(
        Recording.objects.releasable()
        .order_by()
        .values_list("participation__campaign")
        .annotate(count=Count("pk"))
    )
    versions: dict[int, list[str]] = {}
    for campaign_id, version in Release.objects.values_list("campaign", "version"):
        versions.setdefault(campaign_id, []).append(version)
    return [
        Candidate(
            campaign=campaign,
            accepted=accepted[campaign.pk],
            suggested_version=next_version(versions.get(campaign.pk, [])),
        )
        for campaign in Campaign.objects.filter(pk__in=accepted).order_by("title")
    ]
