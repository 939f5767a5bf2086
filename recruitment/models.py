"""Efforts, participants, units of work and the stamps that prove them; provider-neutral."""

import secrets
import uuid
from typing import ClassVar

from django.db import models

from recruitment.querysets import ParticipantQuerySet


def new_pseudonym_key() -> str:
    """Keys the HMAC that turns a provider's id into a pseudonym; one per effort, so efforts cannot be joined."""
    return secrets.token_hex(32)


class Effort(models.Model):
    """One call for people: the channel they come through and the rules their work is decided by."""

    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=32, default="open")
    pseudonym_key = models.CharField(max_length=64, default=new_pseudonym_key, editable=False)
    decision_rules = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

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
            )
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


class WorkStamp(models.Model):
    """Proof of one finished unit of work: random, kept as HMAC to look up and encrypted to show again."""

    class State(models.TextChoices):
        ISSUED = "issued", "Issued"
        SHOWN = "shown", "Shown"
        CLAIMED = "claimed", "Claimed"

    work_unit = models.OneToOneField(WorkUnit, on_delete=models.PROTECT, related_name="stamp")
    code_hmac = models.CharField(max_length=64, unique=True, editable=False)
    code_sealed = models.TextField(editable=False)
    state = models.CharField(max_length=16, choices=State, default=State.ISSUED)
    minted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"stamp of {self.work_unit}"
