"""The row of a results file that a submission came from: line, mark and reasons, no ids."""

from __future__ import annotations

from dataclasses import dataclass

from recruitment.models import ProviderFile, Submission
from recruitment.rules.mark_words import WORDS, MarkWords
from recruitment.rules.marks import Mark
from recruitment.sealing import unseal
from recruitment.services.row_submissions import FILE, REASONS


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """What an admin is told of it beside the submission; `mark.meaning` says what the mark stands for."""

    file: ProviderFile
    line: int
    mark: MarkWords
    also: list[MarkWords]
    reasons: str


def file_row_of(submission: Submission) -> FileRow | None:
    """None for a submission that no file brought, or whose file was undone."""
    public_id = submission.details.get(FILE)
    if not public_id:
        return None
    file = submission.effort.provider_files.filter(public_id=public_id).defer("content_sealed").first()
    findings = file.findings if file else []
    found = next((each for each in findings if each["submission"] == str(submission.public_id)), None)
    if file is None or found is None:
        return None
    return FileRow(
        file=file,
        line=found["line"],
        mark=WORDS[Mark(found["mark"])],
        also=[WORDS[Mark(mark)] for mark in found["also"]],
        reasons=unseal(found[REASONS]) if found.get(REASONS) else "",
    )
