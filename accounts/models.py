"""Staff users with one role each, and the append-only audit log."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    REVIEWER = "reviewer", "Reviewer"
    RESEARCHER = "researcher", "Researcher"
    ADMIN = "admin", "Admin"


class User(AbstractUser):
    """A member of staff; contributors and listeners have no account."""

    role = models.CharField(max_length=16, choices=Role, default=Role.REVIEWER)

    @property
    def is_admin(self) -> bool:
        return self.is_active and (self.role == Role.ADMIN or self.is_superuser)

    @property
    def may_review(self) -> bool:
        return self.is_admin or (self.is_active and self.role == Role.REVIEWER)

    @property
    def may_research(self) -> bool:
        return self.is_admin or (self.is_active and self.role == Role.RESEARCHER)


class AuditEntry(models.Model):
    """Who did what to which object, when; written once, never changed."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=64, help_text="noun.verb, e.g. recording.accept")
    subject = models.CharField(max_length=128, db_index=True, help_text="kind:public id")
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
