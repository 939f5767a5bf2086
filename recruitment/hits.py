"""The table of HITs on Mechanical Turk: written before the provider is called, so that a crash makes none twice."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


class MturkHit(models.Model):
    """One HIT of an effort; it names a task, never a person."""

    class State(models.TextChoices):
        ASKED = "asked", "Waits to be made"
        MAKING = (
            "making",
            "Being made",
        )  # committed before the call: a crash leaves it here, and it is looked up
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"
        FAILED = "failed", "Refused"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    effort = models.ForeignKey("recruitment.Effort", on_delete=models.PROTECT, related_name="mturk_hits")
    endpoint = models.CharField(max_length=200, help_text="the marketplace it was made at")
    hit_id = models.CharField(max_length=64, blank=True, editable=False)
    hit_type_id = models.CharField(max_length=64, blank=True, editable=False)
    terms = models.JSONField(
        default=dict, help_text="what was asked for: texts, reward, times, qualifications"
    )
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    problem = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=dict, blank=True, help_text="assignments available, pending, completed")
    asked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when Mechanical Turk was asked last")

    class Meta:
        app_label = "recruitment"
        verbose_name = "Mechanical Turk HIT"
        ordering: ClassVar[list[str]] = ["-asked_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["hit_id"], condition=~Q(hit_id=""), name="mturk_hit_once"),
        ]

    def __str__(self) -> str:
        return self.hit_id or str(self.public_id)
