"""Answer a platform in its own file: the same cells, with what was decided filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from recruitment.models import Decision, ProviderFile, Submission
from recruitment.pseudonyms import provider_digest
from recruitment.rules.platform_cells import state_of
from recruitment.rules.results_columns import APPROVE, DECISION, MTURK, REASON, REJECT, Columns
from recruitment.rules.results_file import ResultsFile, Row, fill_cells, read_results
from recruitment.services.decisions import mark_sent
from recruitment.services.provider_files import columns_of, content_of, note_change
from recruitment.services.row_matching import in_batches
from recruitment.services.row_submissions import submissions_of

APPROVED_CELL = "X"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedRow:
    row: Row
    decision: Decision


@transaction.atomic
def export_file(*, provider_file: ProviderFile, actor: User) -> bytes:
    """The file as it came, with the decisions in it, which count as sent from now on.

    Rows that are not decided, that became no submission, or about which the platform has decided already, come
    back as they are. Exported again, the same bytes. Raises ShownToUser `columns_unknown` or `file_purged`.
    """
    results = read_results(content_of(provider_file))
    columns = columns_of(provider_file)
    decided = list(decided_rows(provider_file, results, columns))
    data = fill_cells(
        results, filled={one.row.line: cells_for(one.decision, layout=columns.layout) for one in decided}
    )
    for keys in in_batches(one.decision.pk for one in decided):
        mark_sent(decisions=Decision.objects.filter(pk__in=keys))
    note_change(provider_file, actor=actor, action="export", decisions=len(decided))
    return data


def decisions_of(provider_file: ProviderFile) -> QuerySet[Decision]:
    """In force, about submissions that this file brought."""
    of_file = Decision.objects.filter(submission__in=submissions_of(provider_file))
    return of_file.exclude(state=Decision.State.UNDONE)


def decided_rows(provider_file: ProviderFile, results: ResultsFile, columns: Columns) -> Iterator[DecidedRow]:
    effort = provider_file.effort
    for rows in in_batches(results.data_rows()):
        digests = {
            row.line: provider_digest(effort=effort, text=row.text(columns.submission), kind="reference")
            for row in rows
        }
        in_force = decisions_by_reference(provider_file, list(digests.values()))
        for row in rows:
            decision = in_force.get(digests[row.line])
            person = provider_digest(effort=effort, text=row.text(columns.person), kind="worker")
            is_theirs = decision is not None and decision.submission.worker_digest == person
            if decision is not None and is_theirs and waits_for_us(row, columns):
                yield DecidedRow(row=row, decision=decision)


def decisions_by_reference(provider_file: ProviderFile, digests: list[str]) -> dict[str, Decision]:
    in_force = Decision.objects.exclude(state=Decision.State.UNDONE).select_related("submission")
    found = in_force.filter(
        submission__effort=provider_file.effort_id, submission__reference_digest__in=[*filter(None, digests)]
    )
    return {decision.submission.reference_digest: decision for decision in found}


def waits_for_us(row: Row, columns: Columns) -> bool:
    return state_of(row.text(columns.state)) in (None, Submission.State.SUBMITTED)


def cells_for(decision: Decision, *, layout: str) -> dict[str, str]:
    is_approved = decision.verdict == Decision.Verdict.APPROVE
    if layout == MTURK:
        return {
            APPROVE: APPROVED_CELL if is_approved else "",
            REJECT: "" if is_approved else decision.message,
        }
    return {DECISION: decision.verdict, REASON: decision.message}
