"""Efforts, participants, units of work and the stamps that prove them; provider-neutral."""

import secrets
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from recruitment.hits import MturkHit as MturkHit  # a table of the app, in a file of its own
from recruitment.querysets import ParticipantQuerySet


def new_pseudonym_key() -> str:
    """Keys the HMAC that turns a provider's id into a pseudonym; one per effort, so efforts cannot be joined."""
    return secrets.token_hex(32)


class Effort(models.Model):
    """One call for people: the channel they come through and the rules their work is decided by."""

    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=32, default="open", help_text="a name of recruitment.channels")
    channel_settings = models.JSONField(default=dict, blank=True, help_text="checked by the channel")
    units_wanted = models.PositiveSmallIntegerField(
        default=1, help_text="finished units of work that one submission is paid for"
    )
    reward_minor = models.PositiveIntegerField(default=0, help_text="for one submission, in cents or pence")
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217")
    identities_kept_days = models.PositiveSmallIntegerField(
        default=90, help_text="days after settlement until provider ids are purged"
    )
    pseudonym_key = models.CharField(max_length=64, default=new_pseudonym_key, editable=False)
    decision_rules = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    reconciled_at = models.DateTimeField(null=True, blank=True, editable=False)
    reconciliation = models.JSONField(
        default=dict, blank=True, editable=False, help_text="what asking the provider last found; no ids"
    )

    def __str__(self) -> str:
        return self.name


class ConsentText(models.Model):
    """A version of the words a person agrees to; never edited once somebody has agreed."""

    effort = models.ForeignKey(Effort, on_delete=models.PROTECT, related_name="consent_texts")
    version = models.PositiveIntegerField(default=1)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-version"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["effort", "version"], name="consent_text_version_once_per_effort")
        ]

    def __str__(self) -> str:
        return f"{self.effort} consent v{self.version}"


class Participant(models.Model):
    """Whoever entered an effort: one browser session, which may stand for several people in one room."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    effort = models.ForeignKey(Effort, on_delete=models.PROTECT, related_name="participants")
    consent_text = models.ForeignKey(ConsentText, null=True, on_delete=models.PROTECT, related_name="+")
    consented_at = models.DateTimeField(null=True, blank=True)
    people_consenting = models.PositiveSmallIntegerField(default=0)
    provider_pseudonym = models.CharField(max_length=64, blank=True, editable=False)
    withdrawal_code_hmac = models.CharField(max_length=64, unique=True, editable=False)
    withdrawal_code_sealed = models.TextField(editable=False, help_text="encrypted, to show again")
    entered_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, db_index=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="objects deleted after withdrawal")

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(withdrawn_at__isnull=False),
                name="participant_erased_only_after_withdrawal",
            ),
            models.UniqueConstraint(
                fields=["effort", "provider_pseudonym"],
                condition=~Q(provider_pseudonym=""),
                name="participant_once_per_provider_person",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def has_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


class WorkUnit(models.Model):
    """One piece of work a participant can be thanked or paid for; the evidence is written by its owner."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="work_units")
    subject = models.CharField(max_length=128, help_text="kind:public id, e.g. recording:<uuid>")
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    evidence = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["participant", "subject"], name="work_unit_once_per_subject")
        ]

    def __str__(self) -> str:
        return self.subject


class Submission(models.Model):
    """One piece of paid work as a provider counts it: a Prolific submission, a Mechanical Turk assignment, a row
    of another platform's file. It claims the stamps of the work it is paid for."""

    class State(models.TextChoices):
        ENTERED = "entered", "Entered"  # began here; the provider has not said that it is finished
        SUBMITTED = "submitted", "Submitted"  # finished at the provider, waits for a decision
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        RETURNED = "returned", "Returned"  # given up, timed out or screened out: nothing is due
        PURGED = "purged", "Settled, ids purged"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    effort = models.ForeignKey(Effort, on_delete=models.PROTECT, related_name="submissions")
    participant = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    reference_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="HMAC of the provider's id of this submission"
    )
    worker_digest = models.CharField(
        max_length=64, blank=True, db_index=True, editable=False, help_text="HMAC of the person's provider id"
    )
    state = models.CharField(max_length=16, choices=State, default=State.ENTERED)
    entered_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by_provider_at = models.DateTimeField(
        null=True, blank=True, help_text="when the provider approves by itself if nobody decides"
    )
    settled_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="when nothing was left to decide or pay; the ids are purged some days later",
    )
    details = models.JSONField(default=dict, blank=True, help_text="of the channel; never an id of a person")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["effort", "reference_digest"],
                condition=~Q(reference_digest=""),
                name="submission_once_per_provider_reference",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class ProviderIdentity(models.Model):
    """What a provider calls a person and their submission: personal data, encrypted, short-lived, nowhere else."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="identity")
    worker_id_sealed = models.TextField(editable=False)
    reference_sealed = models.TextField(editable=False)
    group_sealed = models.TextField(blank=True, editable=False, help_text="HIT or study id, where it matters")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "provider identities"

    def __str__(self) -> str:
        return f"identity of {self.submission_id}"


class ProviderFile(models.Model):
    """A results file of a platform as it came: it names people, so it is kept encrypted and purged with them."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    effort = models.ForeignKey(Effort, on_delete=models.PROTECT, related_name="provider_files")
    file_name = models.CharField(max_length=200)
    sha256_digest = models.CharField(
        max_length=64, help_text="HMAC of the bytes: the same file is known again"
    )
    content_sealed = models.TextField(blank=True, editable=False)
    columns = models.JSONField(default=dict, blank=True, help_text="which column means what")
    findings = models.JSONField(default=list, blank=True, help_text="what was found, row by row; no ids")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True, help_text="when its rows became submissions")
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["effort", "sha256_digest"], name="provider_file_once_per_effort")
        ]

    def __str__(self) -> str:
        return self.file_name


class WorkStamp(models.Model):
    """Proof of one finished unit of work: random, kept as HMAC to look up and encrypted to show again."""

    class State(models.TextChoices):
        ISSUED = "issued", "Issued"
        SHOWN = "shown", "Shown"
        CLAIMED = "claimed", "Claimed"
        VERIFIED = "verified", "Verified"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        PAID = "paid", "Paid"

    work_unit = models.OneToOneField(WorkUnit, on_delete=models.PROTECT, related_name="stamp")
    code_hmac = models.CharField(max_length=64, unique=True, editable=False)
    code_sealed = models.TextField(editable=False)
    state = models.CharField(max_length=16, choices=State, default=State.ISSUED)
    minted_at = models.DateTimeField(auto_now_add=True)
    claimed_by = models.ForeignKey(
        Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="stamps"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_key = models.CharField(
        max_length=64, blank=True, editable=False, help_text="idempotency key of the claim"
    )
    flag = models.CharField(
        max_length=40, blank=True, help_text="why somebody should look at it, e.g. take_rejected; never void"
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(claimed_at__isnull=False) | Q(state__in=["issued", "shown"]),
                name="stamp_claimed_before_it_is_decided",
            )
        ]

    def __str__(self) -> str:
        return f"stamp of {self.work_unit}"


class Decision(models.Model):
    """Whether a submission is paid; the newest that is not undone is in force."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approve"
        REJECT = "reject", "Reject"

    class State(models.TextChoices):
        DECIDED = "decided", "Decided, not sent"
        SENDING = "sending", "On its way"  # committed before the provider is called: a crash leaves it here
        SENT = "sent", "Sent"
        FAILED = "failed", "Refused by the provider"
        UNDONE = "undone", "Undone"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason_code = models.CharField(max_length=32, blank=True, help_text="of the fixed list of reasons")
    message = models.CharField(max_length=500, blank=True, help_text="what the person reads; names the take")
    rule = models.CharField(max_length=40, help_text="the rule that decided, or 'by hand'")
    evidence = models.JSONField(default=dict, blank=True, help_text="what the rule saw")
    state = models.CharField(max_length=8, choices=State, default=State.DECIDED)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=300, blank=True, help_text="what the provider answered")
    sendings = models.PositiveSmallIntegerField(default=0, editable=False, help_text="how often it was sent")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(verdict="reject") | (~Q(reason_code="") & ~Q(message="")),
                name="provider_rejection_has_a_reason",
            ),
            models.UniqueConstraint(
                fields=["submission"], condition=~Q(state="undone"), name="one_decision_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.submission}"


class Payment(models.Model):
    """Money somebody is owed for a submission, until the provider confirms that it was sent."""

    class Kind(models.TextChoices):
        REWARD = "reward", "Reward"
        BONUS = "bonus", "Bonus"

    class State(models.TextChoices):
        OWED = "owed", "Owed"
        SENDING = "sending", "On its way"  # committed before the provider is called: a crash leaves it here
        SENT = "sent", "Sent"
        CONFIRMED = "confirmed", "Confirmed"
        FAILED = "failed", "Refused by the provider"
        CANCELLED = "cancelled", "Cancelled"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=8, choices=Kind)
    amount_minor = models.PositiveIntegerField(help_text="in cents or pence")
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300, blank=True, help_text="what the person reads about a bonus")
    idempotency_key = models.CharField(
        max_length=64, unique=True, help_text="the same key is never paid twice"
    )
    state = models.CharField(max_length=16, choices=State, default=State.OWED)
    provider_batch = models.CharField(
        max_length=64, blank=True, help_text="the provider's id of the transfer"
    )
    owed_at = models.DateTimeField(auto_now_add=True)
    called_at = models.DateTimeField(
        null=True, blank=True, help_text="committed right before the provider is told to transfer it"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="how it was paid by hand")
    sendings = models.PositiveSmallIntegerField(default=0, editable=False, help_text="how often it was sent")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_of_something"),
            models.UniqueConstraint(
                fields=["submission"], condition=Q(kind="reward"), name="one_reward_per_submission"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.amount_minor} {self.currency} for {self.submission_id}"


class Anomaly(models.Model):
    """Something about a stamp, a submission or a person that an admin should look at; never blocks anything."""

    effort = models.ForeignKey(Effort, on_delete=models.PROTECT, related_name="anomalies")
    kind = models.CharField(max_length=32, help_text="e.g. stamp_reused, stamp_shared, same_voice")
    subject = models.CharField(max_length=128, help_text="kind:public id of what it is about")
    submission = models.ForeignKey(
        Submission, null=True, blank=True, on_delete=models.CASCADE, related_name="anomalies"
    )
    participant = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.CASCADE, related_name="anomalies"
    )
    details = models.JSONField(default=dict, blank=True, help_text="figures; never an id of a person")
    noticed_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "anomalies"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["effort", "kind", "subject"], name="anomaly_once_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class AttemptCount(models.Model):
    """How often a code was typed in one window of time, by one person or in one effort; short-lived."""

    scope = models.CharField(max_length=48)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scope", "window_start"], name="attempts_counted_in_one_row")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["window_start"], name="attempts_by_age")
        ]

    def __str__(self) -> str:
        return f"{self.count} by {self.scope}"
