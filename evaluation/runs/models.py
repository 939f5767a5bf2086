"""What separators and estimators found in a recording; every row is an effect keyed by content."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collection.models import Recording
from evaluation.registry.models import ModelBundle
from evaluation.runs.querysets import SeparationQuerySet
from evaluation.runs.rules import OUT_OF_DOMAIN_FROM


class Separation(models.Model):
    """One recording separated by one bundle under one version of our code."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="separations")
    bundle = models.ForeignKey(ModelBundle, on_delete=models.PROTECT, related_name="separations")
    code_version = models.CharField(max_length=16)
    compute_s = models.FloatField(help_text="seconds inside the model")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = SeparationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["recording", "bundle", "code_version"], name="separation_once_per_content"
            )
        ]

    def __str__(self) -> str:
        return f"{self.recording} by {self.bundle}"


class Stem(models.Model):
    """One separated signal, as a FLAC object with its waveform peaks and spectrogram."""

    separation = models.ForeignKey(Separation, on_delete=models.PROTECT, related_name="stems")
    source_number = models.PositiveSmallIntegerField(help_text="1 for the first source, as in the palette")
    object_key = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    byte_length = models.PositiveBigIntegerField()
    sample_rate_hz = models.PositiveIntegerField()
    frames = models.PositiveBigIntegerField()
    peaks = models.JSONField(default=dict, help_text="duration_s, low, high: as audio.pictures makes them")
    spectrogram_key = models.CharField(max_length=200, blank=True)
    spectrogram_sha256 = models.CharField(max_length=64, blank=True)
    spectrogram_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["source_number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["separation", "source_number"], name="stem_once_per_source")
        ]

    def __str__(self) -> str:
        return f"source {self.source_number} of {self.separation}"

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate_hz


class QualityEstimate(models.Model):
    """Blind SI-SNR of one stem: what an estimator believes, without any reference.

    What an estimator does not say (REAL-M's network has no interval) and what was not kept with an older row is
    None, an empty convention or an empty object.
    """

    stem = models.ForeignKey(Stem, on_delete=models.PROTECT, related_name="quality_estimates")
    bundle = models.ForeignKey(ModelBundle, on_delete=models.PROTECT, related_name="quality_estimates")
    code_version = models.CharField(max_length=16)
    si_snr_db = models.FloatField(help_text="the median, against the convention")
    low_db = models.FloatField(null=True, blank=True, help_text="lower end of the 90 % interval")
    high_db = models.FloatField(null=True, blank=True, help_text="upper end of the 90 % interval")
    improvement_db = models.FloatField(
        null=True, blank=True, help_text="over the mixture in the stem's place, by the same estimator"
    )
    convention = models.CharField(
        max_length=12, blank=True, help_text="the reference it stands for: dry, early or reverberant"
    )
    other_conventions = models.JSONField(
        default=dict,
        blank=True,
        help_text="si_snr_db, low_db, high_db and improvement_db against the other references, by convention",
    )
    out_of_domain = models.FloatField(
        null=True,
        blank=True,
        help_text="distance from what the estimator was calibrated on; above 1 it abstains",
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["stem", "bundle", "code_version"], name="quality_estimate_once_per_content"
            ),
            models.CheckConstraint(
                # Each spelled out: a comparison with NULL is neither true nor false, and a check lets that pass.
                condition=Q(low_db__isnull=True, high_db__isnull=True)
                | Q(low_db__isnull=False, high_db__isnull=False, low_db__lte=F("high_db")),
                name="quality_estimate_whole_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.si_snr_db:.1f} dB for {self.stem}"

    @property
    def abstains(self) -> bool:
        """The stem is unlike anything the estimator was calibrated on: its figure is a guess."""
        return self.out_of_domain is not None and self.out_of_domain > OUT_OF_DOMAIN_FROM
