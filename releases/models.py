"""Published dataset versions and what has been taken back from them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from accounts.models import User
from collection.models import Campaign, Recording
from releases.querysets import ReleaseQuerySet, WithdrawnRecordingQuerySet


class Release(models.Model):
    """A version of a campaign's accepted recordings, frozen when it is built."""

    class State(models.TextChoices):
        BUILDING = "building", "Building"
        READY = "ready", "Ready"
        RETRACTED = "retracted", "Retracted"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="releases")
    version = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.BUILDING)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    recordings: models.ManyToManyField[Recording, Any] = models.ManyToManyField(
        Recording, related_name="releases", blank=True
    )
    archive_key = models.CharField(max_length=200, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_bytes = models.PositiveBigIntegerField(default=0)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["campaign", "version"], name="release_version_once_per_campaign")
        ]

    def __str__(self) -> str:
        return f"{self.campaign.slug} {self.version}"

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_building(self) -> bool:
        return self.state == self.State.BUILDING

    @property
    def archive_name(self) -> str:
        return f"{self.campaign.slug}-{self.version}.tar.gz"

    @property
    def audit_subject(self) -> str:
        return f"release:{self.campaign.slug}/{self.version}"


class WithdrawnRecording(models.Model):
    """The tombstone of a withdrawn recording: no audio, no person, only what a data user needs to drop it."""

    recording_id = models.UUIDField(unique=True)
    mixture_name = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField()
    rechecked_at = models.DateTimeField(
        null=True, blank=True, help_text="deleted once more after everything that was running then had ended"
    )

    objects = WithdrawnRecordingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["withdrawn_at", "id"]

    def __str__(self) -> str:
        return self.mixture_name

    def as_published(self) -> dict[str, str]:
        """A line of withdrawals.jsonl."""
        return {
            "recording_id": str(self.recording_id),
            "mixture": self.mixture_name,
            "original_sha256": self.sha256,
            "withdrawn_on": self.withdrawn_at.date().isoformat(),
        }
