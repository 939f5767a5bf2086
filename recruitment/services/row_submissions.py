"""Make submissions of the rows of a results file, claim their stamps, note what is odd, and take all that back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from core.errors import ShownToUser
from recruitment.channels.contract import Listed, Reconciliation
from recruitment.models import (
    Decision,
    Effort,
    Payment,
    ProviderFile,
    ProviderIdentity,
    Submission,
    WorkStamp,
)
from recruitment.rules.mark_words import reasons_of
from recruitment.rules.marks import WITHOUT_SUBMISSION, KnownStamp, Mark
from recruitment.rules.platform_cells import state_of, time_of, whole_number
from recruitment.rules.results_columns import Columns
from recruitment.sealing import seal
from recruitment.services.anomalies import note_anomaly
from recruitment.services.decisions import UNSENT, adopt_provider_decisions, undo_decision
from recruitment.services.provider_files import GIVEN_BY, match_file, note_change
from recruitment.services.row_matching import MatchedRow, in_batches, known_people
from recruitment.services.stamp_misuse import note_misuse
from recruitment.services.stamps import claim_found_stamp, release_stamps, verify_stamps
from recruitment.services.submissions import FINISHED_AT_PROVIDER, claim_finished_work, follow

State = Submission.State
ROWS_AT_ONCE = 200
MISUSED = frozenset({Mark.SHARED, Mark.REUSED, Mark.ELSEWHERE, Mark.UNKNOWN})
FILE = "file"  # keys in Submission.details: the file that brought it, and whether it began with the file
OPENED = "opened_by_file"
REASONS = "reasons_sealed"  # a key in ProviderFile.findings
FOUND_AS = "found_by_file_as"  # the state before the file, of a submission that was there already
READ = ("stamps_typed", "stamps_claimed")  # the platform's answer was read: without these it is read again


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What applying a file did; again it did nothing."""

    submissions: int
    stamps: int
    rows_left: int


def apply_file(*, provider_file: ProviderFile, actor: User) -> Applied:
    """Rows become submissions, their stamps are claimed, odd ones are noted. Twice changes nothing.

    Some rows at a time: where it was cut off, it goes on. Raises ShownToUser `columns_unknown` or `file_purged`.
    """
    if provider_file.applied_at is None:
        matched = match_file(provider_file=provider_file)
        writer = RowWriter(provider_file, matched.columns)
        findings: list[dict[str, Any]] = []
        for rows in in_batches(matched.rows, size=ROWS_AT_ONCE):
            findings += writer.apply(rows)
        # Only now is it known who got which stamp.
        for rows in in_batches(matched.rows, size=ROWS_AT_ONCE):
            writer.note_oddities(rows)
        adopt_provider_decisions(effort=provider_file.effort)
        finish(provider_file, findings, actor=actor)
    return count_applied(provider_file)


@transaction.atomic
def finish(provider_file: ProviderFile, findings: list[dict[str, Any]], *, actor: User) -> None:
    waiting = ProviderFile.objects.filter(pk=provider_file.pk, applied_at__isnull=True)
    is_first = waiting.update(applied_at=timezone.now(), findings=findings)
    provider_file.refresh_from_db()
    if is_first:
        done = count_applied(provider_file)
        note_change(
            provider_file,
            actor=actor,
            action="apply",
            submissions=done.submissions,
            stamps=done.stamps,
            rows_left=done.rows_left,
        )


def count_applied(provider_file: ProviderFile) -> Applied:
    findings = provider_file.findings
    submissions = sum(bool(found["submission"]) for found in findings)
    return Applied(
        submissions=submissions,
        stamps=sum(found["claimed"] for found in findings),
        rows_left=len(findings) - submissions,
    )


class RowWriter:
    """Writes rows of one file; each call is one transaction."""

    def __init__(self, provider_file: ProviderFile, columns: Columns) -> None:
        self.file = provider_file
        self.effort: Effort = provider_file.effort
        self.columns = columns

    @transaction.atomic
    def apply(self, rows: Sequence[MatchedRow]) -> list[dict[str, Any]]:
        """What was found and done, row by row, without any id of a provider."""
        self.wait_for_turn()
        submissions = self.open_submissions([row for row in rows if becomes_submission(row)])
        stamps = stamps_with({stamp.key for row in rows for stamp in row.marked.claims})
        findings = []
        for row in rows:
            submission, claimed = theirs(row, submissions), 0
            if submission is not None:
                self.bring_up_to_date(submission, row)
                claimed = self.claim(submission, row, stamps)
            findings.append(finding_of(row, submission, claimed=claimed) | self.sealed_reasons(row))
        return findings

    def sealed_reasons(self, row: MatchedRow) -> dict[str, str]:
        """Sealed, because they spell out stamps."""
        reasons = reasons_of(row.marked, given_by=self.file.columns.get(GIVEN_BY, {}))
        return {REASONS: seal(" ".join(reasons))} if reasons else {}

    @transaction.atomic
    def note_oddities(self, rows: Sequence[MatchedRow]) -> None:
        self.wait_for_turn()
        submissions = self.submissions_of([row.facts.submission for row in rows if becomes_submission(row)])
        left_over = {stamp.key for row in rows for stamp in unclaimed_stamps(row)}
        stamps = stamps_with(left_over)
        for row in rows:
            submission = theirs(row, submissions)
            if submission is not None:
                self.note(submission, row, stamps)
            elif row.marked.mark == Mark.TWO_WORKERS or becomes_submission(row):
                self.note_contested(row)

    def wait_for_turn(self) -> None:
        """One file at a time writes to an effort: two that name the same rows in another order would wait for
        each other."""
        Effort.objects.select_for_update(of=("self",)).get(pk=self.effort.pk)

    def open_submissions(self, rows: Sequence[MatchedRow]) -> dict[str, Submission]:
        """By reference digest. Whoever makes the same ones at the same moment makes none twice."""
        references = [row.facts.submission for row in rows]
        existing = self.submissions_of(references)
        people = known_people(self.effort, [row.facts.person for row in rows])
        missing = [row for row in rows if row.facts.submission not in existing]
        Submission.objects.bulk_create(
            [self.new_submission(row, people) for row in missing], ignore_conflicts=True
        )
        found = self.submissions_of(references)
        self.keep_identities(missing, found)
        return found

    def submissions_of(self, references: Sequence[str]) -> dict[str, Submission]:
        found = self.effort.submissions.filter(reference_digest__in=references)
        return {submission.reference_digest: submission for submission in found}

    def new_submission(self, row: MatchedRow, people: Mapping[str, int]) -> Submission:
        listed = self.listed(row)
        return Submission(
            effort=self.effort,
            participant_id=people.get(row.facts.person),
            reference_digest=row.facts.submission,
            worker_digest=row.facts.person,
            state=listed.state,
            submitted_at=listed.submitted_at or timezone.now(),
            decided_by_provider_at=listed.decided_by_provider_at,
            details={**listed.details, **self.figures(row), FILE: str(self.file.public_id), OPENED: True},
        )

    def listed(self, row: MatchedRow) -> Listed:
        """The row as a platform's list would say it."""
        return Listed(
            reference=row.reference,
            worker_id=row.person,
            state=state_of(row.row.text(self.columns.state)) or Submission.State.SUBMITTED,
            submitted_at=time_of(row.row.text(self.columns.time)),
            decided_by_provider_at=time_of(row.row.text(self.columns.approves_itself)),
        )

    def figures(self, row: MatchedRow) -> dict[str, int]:
        work_time_s = whole_number(row.row.text(self.columns.work_time))
        return {} if work_time_s is None else {"work_time_s": work_time_s}

    def keep_identities(self, rows: Sequence[MatchedRow], submissions: Mapping[str, Submission]) -> None:
        identities = [
            ProviderIdentity(
                submission=submissions[row.facts.submission],
                worker_id_sealed=seal(row.person),
                reference_sealed=seal(row.reference),
                group_sealed=seal(row.group) if row.group else "",
            )
            for row in rows
        ]
        ProviderIdentity.objects.bulk_create(identities, ignore_conflicts=True)

    def bring_up_to_date(self, submission: Submission, row: MatchedRow) -> None:
        """A submission that was begun by a link, or that an earlier file brought."""
        if submission.state == Submission.State.PURGED or submission.details.get(FILE) == str(
            self.file.public_id
        ):
            return
        listed = self.listed(row)
        if FILE not in submission.details:
            listed.details.update({FILE: str(self.file.public_id), FOUND_AS: submission.state})
        outcome = Reconciliation(asked_at=self.file.uploaded_at)
        follow(submission, listed, outcome=outcome)
        if outcome.problems:
            self.note_decided_otherwise(submission, row)

    def claim(self, submission: Submission, row: MatchedRow, stamps: Mapping[int, WorkStamp]) -> int:
        """How many are this submission's now; those it lost to somebody since the match are noted as misused."""
        if submission.state in (Submission.State.PURGED, Submission.State.RETURNED):
            return 0
        key = claim_key_of(self.file)
        claim_finished_work(submission, key=key)
        claimed = 0
        for stamp in [stamps[known.key] for known in row.marked.claims]:
            is_theirs = stamp.claimed_by_id == submission.pk
            if is_theirs or claim_found_stamp(stamp=stamp, submission=submission, idempotency_key=key):
                claimed += 1
            else:
                note_misuse(effort=self.effort, submission=submission, stamp=stamp, is_code=True)
        verify_stamps(submission=submission)
        return claimed

    def note(self, submission: Submission, row: MatchedRow, stamps: Mapping[int, WorkStamp]) -> None:
        marks = {row.marked.mark, *row.marked.also}
        if row.marked.mark in MISUSED:
            misused = [stamps.get(stamp.key) for stamp in unclaimed_stamps(row)]
            for stamp in [*misused, *[None] * bool(row.facts.unknown_codes or row.facts.wrong_checks)]:
                note_misuse(effort=self.effort, submission=submission, stamp=stamp, is_code=True)
        if Mark.WORKER_TWICE in marks:
            note_anomaly(
                effort=self.effort,
                kind="worker_twice",
                subject=f"submission:{submission.public_id}",
                submission=submission,
                participant=submission.participant,
                details={"line": row.facts.line},
            )

    def note_decided_otherwise(self, submission: Submission, row: MatchedRow) -> None:
        note_anomaly(
            effort=self.effort,
            kind="decided_otherwise",
            subject=f"submission:{submission.public_id}",
            submission=submission,
            details={"line": row.facts.line},
        )

    def note_contested(self, row: MatchedRow) -> None:
        note_anomaly(
            effort=self.effort,
            kind="two_workers",
            subject=f"file:{self.file.public_id}/line:{row.facts.line}",
            details={"line": row.facts.line, FILE: str(self.file.public_id)},
        )


def claim_key_of(provider_file: ProviderFile) -> str:
    """By this it is known which stamps the file claimed, and an undo gives back."""
    return f"file:{provider_file.public_id}"


def stamps_with(keys: set[int]) -> dict[int, WorkStamp]:
    return WorkStamp.objects.select_related("work_unit__participant", "claimed_by").in_bulk(keys)


def becomes_submission(row: MatchedRow) -> bool:
    return row.marked.mark not in WITHOUT_SUBMISSION


def theirs(row: MatchedRow, submissions: Mapping[str, Submission]) -> Submission | None:
    """None also where another person has this submission since the file was matched."""
    found = submissions.get(row.facts.submission) if becomes_submission(row) else None
    return found if found is not None and found.worker_digest == row.facts.person else None


def unclaimed_stamps(row: MatchedRow) -> list[KnownStamp]:
    """The stamps a row names but does not get, where that is what is wrong with it."""
    claimed = {stamp.key for stamp in row.marked.claims}
    if row.marked.mark not in MISUSED:
        return []
    return [stamp for stamp in row.facts.stamps if stamp.key not in claimed]


def finding_of(row: MatchedRow, submission: Submission | None, *, claimed: int) -> dict[str, Any]:
    return {
        "line": row.facts.line,
        "mark": row.marked.mark.value,
        "also": [mark.value for mark in row.marked.also],
        "submission": str(submission.public_id) if submission else "",
        "claimed": claimed,
    }


@transaction.atomic
def undo_file(*, provider_file: ProviderFile, actor: User) -> int:
    """As if the file had never been applied; how many submissions it had brought. Decisions that were not sent
    are undone with it.

    Raises ShownToUser `decisions_sent` where the platform knows of any, or where one of them is to be paid more.
    """
    brought = submissions_of(provider_file)
    undo_unsent(brought.exclude(pk__in=finished_before(brought)), actor=actor)
    applied = ProviderFile.objects.filter(pk=provider_file.pk, applied_at__isnull=False)
    if not applied.update(applied_at=None, findings=[]):
        return 0
    count = brought.count()
    by_file = Q(claim_key=claim_key_of(provider_file)) | Q(claimed_by__details__has_key=OPENED)
    claimed = WorkStamp.objects.filter(by_file, claimed_by__in=brought)
    decided = Decision.objects.filter(submission__in=brought).exclude(state=Decision.State.UNDONE)
    release_stamps(stamps=claimed.exclude(claimed_by__in=decided.values("submission")))
    provider_file.effort.anomalies.filter(
        **{f"details__{FILE}": str(provider_file.public_id)}, settled_at__isnull=True
    ).delete()
    forget(brought)
    note_change(provider_file, actor=actor, action="undo", submissions=count)
    provider_file.refresh_from_db()
    return count


def submissions_of(provider_file: ProviderFile) -> QuerySet[Submission]:
    """Those that this file brought first."""
    return provider_file.effort.submissions.filter(**{f"details__{FILE}": str(provider_file.public_id)})


def finished_before(brought: QuerySet[Submission]) -> list[int]:
    """The platform's own list had these as finished before the file came: their state is not the file's."""
    found_as = {found.pk: found.details.get(FOUND_AS, State.ENTERED) for found in brought}
    return [pk for pk, state in found_as.items() if state in FINISHED_AT_PROVIDER]


def undo_unsent(brought: QuerySet[Submission], *, actor: User) -> None:
    in_force = Decision.objects.filter(submission__in=brought).exclude(state=Decision.State.UNDONE)
    sent = in_force.exclude(state__in=UNSENT).count()
    if not sent:
        for decision in in_force.select_related("submission__effort"):
            undo_decision(decision=decision, actor=actor)
    payments = Payment.objects.filter(submission__in=brought).exclude(state=Payment.State.CANCELLED).count()
    if sent or payments:
        raise ShownToUser(
            f"The platform was told about {sent} of this file's submissions, and {payments} payments are written "
            "down for them. Undo these one by one, if the platform allows it, before the file.",
            code="decisions_sent",
            status=409,
        )


def forget(brought: QuerySet[Submission]) -> None:
    """What the file made goes, identities and anomalies with it; what was there before waits again. A decision
    that was undone keeps its submission: the audit log speaks of it."""
    decided = set(
        brought.filter(Q(decisions__isnull=False) | Q(payments__isnull=False)).values_list("pk", flat=True)
    )
    finished = finished_before(brought)
    for submission in brought:
        if submission.pk in decided or not submission.details.get(OPENED):
            of_file = {FILE, FOUND_AS, *READ}
            wanted: dict[str, Any] = {
                "details": {key: value for key, value in submission.details.items() if key not in of_file}
            }
            if submission.pk not in finished:
                wanted |= {"state": State.ENTERED, "submitted_at": None}
            Submission.objects.filter(pk=submission.pk).update(**wanted)
    brought.all().delete()
