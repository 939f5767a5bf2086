"""Published dataset versions and what has been taken back from them."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from collection.models import Campaign, Recording


class Release(models.Model):
    """A version of a campaign's accepted recordings, frozen when it is built."""

    class State(models.TextChoices):
        BUILDING = "building", "Building"
        READY = "ready", "Ready"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="releases")
    version = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State, default=State.BUILDING)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    recordings = models.ManyToManyField(Recording, related_name="releases", blank=True)
    archive_key = models.CharField(max_length=200, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["campaign", "version"], name="release_version_once_per_campaign")
        ]

    def __str__(self) -> str:
        return f"{self.campaign.slug} {self.version}"


class WithdrawnRecording(models.Model):
    """The tombstone of a withdrawn recording: no audio, no person, only what a data user needs to drop it."""

    recording_id = models.UUIDField(unique=True)
    mixture_name = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["withdrawn_at", "id"]

    def __str__(self) -> str:
        return self.mixture_name
