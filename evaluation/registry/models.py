"""Model bundles this site may run, pinned by the digest of what determines their output."""

import uuid
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from evaluation.registry.score_tables import headline_scores
from modeling.bundles import METADATA_NAME, SHIPPED_FOLDER


class ModelBundleQuerySet(models.QuerySet["ModelBundle"]):
    def with_counts(self) -> "ModelBundleQuerySet":
        """With `separation_count` and `estimate_count`: what it has made here."""
        return self.annotate(
            separation_count=models.Count("separations", distinct=True),
            estimate_count=models.Count("quality_estimates", distinct=True),
        )

    def in_use_like(self, bundle: "ModelBundle") -> "ModelBundleQuerySet":
        """The default that `bundle` would replace: of its kind and, for separators, its number of voices."""
        in_use = self.filter(kind=bundle.kind, is_default=True)
        if bundle.kind == ModelBundle.Kind.ESTIMATOR:
            return in_use
        return in_use.filter(num_sources=bundle.num_sources)


class ModelBundle(models.Model):
    """A separator or a quality estimator, as described by its bundle.json."""

    class Kind(models.TextChoices):
        SEPARATOR = "separator", "Separator"
        ESTIMATOR = "estimator", "Quality estimator"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of weights, architecture and ranges"
    )
    location = models.CharField(
        max_length=300, help_text="folder, relative to modeling/bundles where it is shipped"
    )
    sample_rate_hz = models.PositiveIntegerField()
    num_sources = models.PositiveSmallIntegerField(default=2)
    description = models.JSONField(help_text="bundle.json as registered")
    is_default = models.BooleanField(default=False, help_text="used for every new recording")
    registered_at = models.DateTimeField(auto_now_add=True)
    card = models.TextField(blank=True, help_text="CARD.md as registered")
    archive_key = models.CharField(
        max_length=120, blank=True, help_text="zip in the object store, where a person brought it"
    )
    archive_sha256 = models.CharField(max_length=64, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, help_text="no longer offered for new work")

    objects: ClassVar[ModelBundleQuerySet] = ModelBundleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(is_default=True, kind="estimator"),
                name="one_default_estimator",
            ),
            models.UniqueConstraint(
                fields=["kind", "num_sources"],
                condition=Q(is_default=True, kind="separator"),
                name="one_default_separator_per_voices",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(retired_at__isnull=True), name="default_bundle_is_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.digest[:8]})"

    @property
    def folder(self) -> Path:
        """Where its files are read; one that was brought must be unpacked there first (services.archives)."""
        if self.archive_key:
            return Path(settings.DATA_DIR) / "bundles" / self.digest
        return SHIPPED_FOLDER / self.location

    @property
    def target_convention(self) -> str:
        """What a perfect stem would be: the voice `dry`, with `early` reflections, or `reverberant`."""
        return str(self.description.get("target_convention", "unknown"))

    @property
    def is_installed(self) -> bool:
        """It can be run; whether its folder still holds the same model, the model process says with each answer."""
        return bool(self.archive_key) or (self.folder / METADATA_NAME).is_file()

    @property
    def mean_error_db(self) -> float | None:
        """How far an estimator was off on average on its test mixtures; None where that was not measured."""
        error_db = (self.description.get("scores") or {}).get("estimator_mae_db")
        return float(error_db) if isinstance(error_db, int | float) else None

    @property
    def headlines(self) -> list[tuple[str, str]]:
        """The figures by which models are compared at a glance."""
        return headline_scores(self.description.get("scores") or {}, name=self.name)


class CheckpointImport(models.Model):
    """A checkpoint of another toolkit that a person brought, on its way to becoming a bundle."""

    class Toolkit(models.TextChoices):
        SPEECHBRAIN = "speechbrain", "SpeechBrain"
        ASTEROID = "asteroid", "Asteroid"
        TORCHAUDIO = "torchaudio", "torchaudio"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    toolkit = models.CharField(max_length=12, choices=Toolkit)
    name = models.CharField(max_length=80)
    options = models.JSONField(default=dict, help_text="what the person said of the checkpoint")
    archive_key = models.CharField(
        max_length=120, help_text="its zip; deleted once it is converted or refused"
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    problem = models.TextField(blank=True, help_text="the importer's sentence")
    bundle = models.ForeignKey(
        ModelBundle, null=True, blank=True, on_delete=models.PROTECT, related_name="imports"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state="done", bundle__isnull=False) | ~Q(state="done") & Q(bundle__isnull=True),
                name="import_done_with_a_bundle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.get_toolkit_display()}"
