"""Campaigns and what people record in them, from the questionnaire to the reviewed recording."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from collection.querysets import AssignmentQuerySet, CampaignQuerySet, RecordingQuerySet
from recruitment.models import Effort, Participant


class Campaign(models.Model):
    """A call for recordings in one language, with its own prompts and limits."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    slug = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    introduction = models.TextField(help_text="what the task is, in the contributor's words")
    language = models.CharField(max_length=8, default="en", help_text="BCP 47 code of the sentences")
    language_name = models.CharField(max_length=40, default="English")
    licence = models.CharField(max_length=40, default="CC-BY-4.0", help_text="SPDX id of released recordings")
    contact_email = models.EmailField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    effort = models.OneToOneField(Effort, on_delete=models.PROTECT, related_name="campaign")
    min_duration_s = models.FloatField(default=2.0)
    max_duration_s = models.FloatField(default=60.0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(min_duration_s__gt=0, max_duration_s__gt=models.F("min_duration_s")),
                name="campaign_durations_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Prompt(models.Model):
    """Two sentences read at the same time, one by each speaker."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="prompts")
    sentence_1 = models.CharField(max_length=300)
    sentence_2 = models.CharField(max_length=300)
    source = models.CharField(
        max_length=120, blank=True, help_text="where the sentences come from, and licence"
    )
    is_offered = models.BooleanField(
        default=True, help_text="untick to give these sentences to nobody new; recordings of them stay"
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["campaign", "sentence_1", "sentence_2"], name="prompt_once_per_campaign"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sentence_1} | {self.sentence_2}"


class Participation(models.Model):
    """A pair of people in one room and what they said about themselves; no login, no names."""

    class SpeakerGenders(models.TextChoices):
        MIXED = "mixed", "1 male and 1 female"
        TWO_MALE = "two_male", "2 male"
        TWO_FEMALE = "two_female", "2 female"
        UNDISCLOSED = "undisclosed", "Prefer not to say"

    class NativeSpeakers(models.TextChoices):
        BOTH = "both", "Both are native speakers"
        NONE = "none", "Neither is a native speaker"
        ONE = "one", "One is, one is not"

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="participation")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="participations")
    session_code = models.CharField(
        max_length=8, unique=True, help_text="the 5-letter session id of the REAL-M layout; random"
    )
    speaker_genders = models.CharField(max_length=16, choices=SpeakerGenders)
    native_speakers = models.CharField(max_length=8, choices=NativeSpeakers)
    other_native_languages = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.session_code


class Assignment(models.Model):
    """A prompt given to a participation; never the same one twice, at most one open at a time."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RECORDED = "recorded", "Recorded"
        SKIPPED = "skipped", "Skipped"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="assignments")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    assigned_at = models.DateTimeField(auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["participation", "prompt"], name="prompt_once_per_participation"),
            models.UniqueConstraint(
                fields=["participation"],
                condition=Q(state="open"),
                name="one_open_assignment_per_participation",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Upload(models.Model):
    """A take on its way in: begun by the browser, finished when the server has re-read and checked the bytes."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        STORED = "stored", "Stored"
        REFUSED = "refused", "Refused"

    client_uuid = models.UUIDField(unique=True, help_text="made by the browser; the idempotency key")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="uploads")
    sha256 = models.CharField(max_length=64)
    byte_length = models.PositiveBigIntegerField()
    capture = models.JSONField(
        default=dict,
        blank=True,
        help_text="achieved track settings, context rate, frame continuity, browser family",
    )
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_message = models.CharField(max_length=500, blank=True)
    refusal_field = models.CharField(max_length=40, blank=True)
    object_key = models.CharField(max_length=200, unique=True)
    begun_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["begun_at"], condition=Q(state="pending"), name="upload_pending_by_age")
        ]

    def __str__(self) -> str:
        return str(self.client_uuid)


class Recording(models.Model):
    """A stored take whose bytes passed every gate; one for an assignment. Original bytes never change."""

    class ReviewState(models.TextChoices):
        WAITING = "waiting", "Waiting for review"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    class Origin(models.TextChoices):
        BROWSER = "browser", "Recorded in a browser"
        CONSTRUCTED = "constructed", "Constructed from two single recordings"

    class PublicExample(models.TextChoices):
        NONE = "", "Not shown to the public"
        GOOD = "good", "A good mixture"
        BAD = "bad", "A typical bad mixture"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    upload = models.OneToOneField(
        Upload, null=True, blank=True, on_delete=models.PROTECT, related_name="recording"
    )
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="recording")
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="recordings")
    number_in_session = models.PositiveIntegerField(help_text="1 for the first recording of a participation")
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.BROWSER)
    origin_note = models.TextField(blank=True, help_text="construction and attribution of constructed takes")
    object_key = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    byte_length = models.PositiveBigIntegerField()
    sample_rate_hz = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    sample_format = models.CharField(max_length=8, help_text="pcm16, pcm24 or float32")
    frames = models.PositiveBigIntegerField()
    capture = models.JSONField(default=dict, blank=True)
    review_state = models.CharField(
        max_length=8, choices=ReviewState, default=ReviewState.WAITING, db_index=True
    )
    public_example = models.CharField(
        max_length=4, choices=PublicExample, default=PublicExample.NONE, blank=True
    )
    example_reason = models.CharField(
        max_length=300, blank=True, help_text="why it is a good or a bad example"
    )
    stored_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["participation", "sha256"], name="same_bytes_once_per_participation"
            ),
            models.UniqueConstraint(
                fields=["participation", "number_in_session"], name="recording_number_once_per_participation"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate_hz

    @property
    def work_subject(self) -> str:
        """What the unit of work behind this recording's stamp is called in recruitment."""
        return f"recording:{self.public_id}"

    @property
    def mixture_name(self) -> str:
        """`mixture_<i>_<session>`, as REAL-M names its files."""
        return f"mixture_{self.number_in_session}_{self.participation.session_code}"


class DerivedObject(models.Model):
    """A copy or picture made from a recording by the worker; can always be made again."""

    class Kind(models.TextChoices):
        FLAC_NATIVE = "flac_native", "FLAC at native rate"
        FLAC_16K = "flac_16k", "FLAC at 16 kHz"
        FLAC_8K = "flac_8k", "FLAC at 8 kHz"
        PEAKS = "peaks", "Waveform peaks (JSON)"
        SPECTROGRAM = "spectrogram", "Spectrogram (PNG)"

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="derived_objects")
    kind = models.CharField(max_length=16, choices=Kind)
    object_key = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    byte_length = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=40)
    details = models.JSONField(default=dict, blank=True, help_text="axes of pictures, rates of copies")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["recording", "kind"], name="derived_object_once_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.recording}"


class QualityFlag(models.Model):
    """Something a reviewer should look at; never blocks a stamp."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="quality_flags")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, help_text="info or warning")
    message = models.CharField(max_length=300)
    value = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["recording", "code"], name="quality_flag_once_per_recording")
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def words(self) -> str:
        return self.code.replace("_", " ")


class Review(models.Model):
    """One decision on a recording; the newest that is not undone is in force."""

    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=8, choices=[("accepted", "Accepted"), ("rejected", "Rejected")])
    reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(decision="rejected") | ~Q(reason=""), name="rejection_has_a_reason"
            ),
            models.UniqueConstraint(
                fields=["recording"], condition=Q(undone_at__isnull=True), name="one_review_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording}: {self.decision}"
