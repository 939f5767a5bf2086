"""Listening studies: which separations are rated, by whom, and how."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaluation.runs.models import Separation
from recruitment.models import Effort, Participant


class Study(models.Model):
    """A 1 to 5 rating of presented separations by listeners who follow a link."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    slug = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    instructions = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    effort = models.OneToOneField(Effort, on_delete=models.PROTECT, related_name="study")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="studies")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.title


class Trial(models.Model):
    """One separation presented in a study: the mixture and its stems, rated as a whole."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="trials")
    separation = models.ForeignKey(Separation, on_delete=models.PROTECT, related_name="trials")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["study", "separation"], name="separation_once_per_study")
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Rating(models.Model):
    """One listener's opinion of one trial, 1 (bad) to 5 (excellent); every signal was played before."""

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="ratings")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="ratings")
    score = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["trial", "participant"], name="one_rating_per_listener"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_from_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.trial}"
