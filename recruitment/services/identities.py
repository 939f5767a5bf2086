"""What a provider calls people: read only to speak to the provider, and purged some days after settlement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.services.audit import record_action
from core.errors import ShownToUser
from recruitment.models import Decision, Effort, Payment, ProviderFile, ProviderIdentity, Submission
from recruitment.sealing import unseal

GIVEN_UP_AFTER = timedelta(days=30)  # no platform keeps a piece of work open for longer
PURGE_ACTION = "identities.purge"
State = Submission.State


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlainIdentity:
    """In memory, on the way to the provider; never in a log, so it has no repr."""

    worker_id: str
    reference: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What was, or would be, purged of one effort."""

    effort: Effort
    identities: int
    files: int


def has_identity(submission: Submission) -> bool:
    return ProviderIdentity.objects.filter(submission=submission).exists()


def identity_of(submission: Submission) -> PlainIdentity:
    """The provider's ids in clear. Raises ShownToUser `identity_purged` where they are gone."""
    sealed = ProviderIdentity.objects.filter(submission=submission).first()
    if sealed is None:
        raise ShownToUser(
            "The provider ids of this submission were purged: it can only be looked up at the provider itself.",
            code="identity_purged",
            status=410,
        )
    return PlainIdentity(
        worker_id=unseal(sealed.worker_id_sealed),
        reference=unseal(sealed.reference_sealed),
        group=unseal(sealed.group_sealed) if sealed.group_sealed else "",
    )


def settled(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those about which nothing is left to tell or pay: given up, or decided, told and not waiting for money."""
    over = Q(state__in=[Payment.State.CONFIRMED, Payment.State.CANCELLED])
    by_provider = Q(state=Payment.State.SENT, kind=Payment.Kind.REWARD)  # went with the approval
    unpaid = Payment.objects.filter(submission=OuterRef("pk")).exclude(over | by_provider)
    untold = Decision.objects.filter(submission=OuterRef("pk")).exclude(
        state__in=[Decision.State.SENT, Decision.State.UNDONE]
    )
    abandoned = Q(state=State.ENTERED, entered_at__lt=timezone.now() - GIVEN_UP_AFTER)
    decided = Q(state__in=[State.RETURNED, State.APPROVED, State.REJECTED])
    return submissions.filter(abandoned | decided).exclude(Exists(unpaid)).exclude(Exists(untold))


def note_settlement(*, effort: Effort) -> None:
    """The days until the purge are counted from the first time a submission is found settled."""
    kept = effort.submissions.exclude(state=State.PURGED)
    are_settled = settled(kept).values("pk")
    kept.filter(pk__in=are_settled, settled_at__isnull=True).update(settled_at=timezone.now())
    kept.filter(settled_at__isnull=False).exclude(pk__in=are_settled).update(settled_at=None)


def purge_identities(*, is_dry_run: bool = False) -> list[Purge]:
    """Delete what is due in every effort; one audit entry for each with the counts. Again changes nothing."""
    purges = []
    for effort in Effort.objects.order_by("pk"):
        with transaction.atomic():
            if not is_dry_run:
                note_settlement(effort=effort)
            purges.append(purge_effort(effort=effort, is_dry_run=is_dry_run))
    done = [purge for purge in purges if purge.identities or purge.files]
    if done and not is_dry_run:
        empty_write_ahead_log()
    return done


def purge_effort(*, effort: Effort, is_dry_run: bool) -> Purge:
    due_since = timezone.now() - timedelta(days=effort.identities_kept_days)
    due = effort.submissions.exclude(state=State.PURGED).filter(settled_at__lte=due_since)
    files = files_due(effort, due_since=due_since)
    purge = Purge(effort=effort, identities=due.count(), files=len(files))
    if is_dry_run or not (purge.identities or purge.files):
        return purge
    # The files first: whether they are due depends on the submissions.
    for file in files:
        purge_file(provider_file=file)
    gone = list(due.values_list("pk", flat=True))
    ProviderIdentity.objects.filter(submission__in=gone).delete()
    Submission.objects.filter(pk__in=gone).update(state=State.PURGED)
    record_action(
        actor=None,
        action=PURGE_ACTION,
        subject=subject_of(effort),
        details={"identities": purge.identities, "files": purge.files},
    )
    return purge


def files_due(effort: Effort, *, due_since: datetime) -> list[ProviderFile]:
    """A file names everybody in it, so it goes when the last of them is due; one that was never applied, by age."""
    files = effort.provider_files.filter(purged_at__isnull=True, uploaded_at__lte=due_since)
    waiting = effort.submissions.exclude(state=State.PURGED)
    waiting = waiting.filter(Q(settled_at__isnull=True) | Q(settled_at__gt=due_since))
    still_needed = {str(public_id) for public_id in waiting.values_list("public_id", flat=True)}
    return [file for file in files.defer("content_sealed") if still_needed.isdisjoint(people_in(file))]


def people_in(provider_file: ProviderFile) -> set[str]:
    """Public ids of the submissions that its rows became, or were about."""
    return {found["submission"] for found in provider_file.findings}


def purge_file(*, provider_file: ProviderFile) -> bool:
    """Delete the content for good; the counts of what was found stay. Whether there was any left."""
    kept = ProviderFile.objects.filter(pk=provider_file.pk, purged_at__isnull=True)
    return bool(kept.update(content_sealed="", purged_at=timezone.now()))


def last_purge_of(*, effort: Effort) -> AuditEntry | None:
    """When ids of this effort were purged last, and how many."""
    entries = AuditEntry.objects.filter(action=PURGE_ACTION, subject=subject_of(effort))
    return entries.order_by("-pk").first()


def subject_of(effort: Effort) -> str:
    return f"effort:{effort.pk}"


def empty_write_ahead_log() -> None:
    """SQLite keeps overwritten pages in a file beside the database until it is emptied."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
