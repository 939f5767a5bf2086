"""Model bundles this site may run, pinned by the digest of their weights."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ModelBundle(models.Model):
    """A separator or a quality estimator, as described by its bundle.json."""

    class Kind(models.TextChoices):
        SEPARATOR = "separator", "Separator"
        ESTIMATOR = "estimator", "Quality estimator"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of model.safetensors")
    location = models.CharField(
        max_length=300, help_text="folder of a shipped bundle, relative to modeling/bundles"
    )
    sample_rate_hz = models.PositiveIntegerField()
    num_sources = models.PositiveSmallIntegerField(default=2)
    description = models.JSONField(help_text="bundle.json as registered")
    is_default = models.BooleanField(default=False, help_text="used for every new recording")
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(is_default=True), name="one_default_bundle_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.digest[:8]})"
