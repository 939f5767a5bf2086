"""Listening studies: which separations are rated, by whom, in which order, and how."""

import secrets
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaluation.listening.querysets import (
    PresentationQuerySet,
    RatingQuerySet,
    StudyQuerySet,
    TrialQuerySet,
)
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import Separation
from recruitment.models import Effort, Participant


def new_seed() -> int:
    """Decides among equally rated trials; stored, so that any listener's order can be made again."""
    return secrets.randbits(31)


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
    estimator = models.ForeignKey(
        ModelBundle,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="studies",
        help_text="whose estimates the ratings are compared with; fixed when the study is made",
    )
    order_seed = models.PositiveIntegerField(default=new_seed, editable=False)
    selection = models.JSONField(default=dict, blank=True, help_text="how the recordings were chosen")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="studies")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StudyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "studies"
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Trial(models.Model):
    """One separation presented in a study: the mixture and its stems, rated as a whole."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="trials")
    separation = models.ForeignKey(Separation, on_delete=models.PROTECT, related_name="trials")

    objects = TrialQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["study", "separation"], name="separation_once_per_study")
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def sound_s(self) -> float:
        """How long it takes to hear the mixture and every stem, one after the other."""
        stems = self.separation.stems.all()
        return self.separation.recording.duration_s + sum(stem.duration_s for stem in stems)


class Presentation(models.Model):
    """A trial shown to a listener: at most one is open at a time, and none is ever shown again."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RATED = "rated", "Rated"
        PASSED_OVER = "passed_over", "Passed over: the recording was withdrawn"

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="presentations")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="presentations")
    position = models.PositiveIntegerField(help_text="1 for the first trial this listener was shown")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    presented_at = models.DateTimeField(auto_now_add=True)

    objects = PresentationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["trial", "participant"], name="trial_once_per_listener"),
            models.UniqueConstraint(fields=["participant", "position"], name="position_once_per_listener"),
            models.UniqueConstraint(
                fields=["participant"], condition=Q(state="open"), name="one_open_presentation_per_listener"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trial} as number {self.position}"


class Rating(models.Model):
    """One listener's opinion of one trial, 1 (bad) to 5 (excellent); every signal was played before."""

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="ratings")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="ratings")
    score = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField(auto_now_add=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["trial", "participant"], name="one_rating_per_listener"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rating_from_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.score} for {self.trial}"
