"""Results files of platforms: kept encrypted, matched, applied, answered in the platform's own format, purged."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from recruitment.models import Effort, ProviderFile
from recruitment.pseudonyms import provider_digest
from recruitment.rules.marks import CONFIRMABLE, Mark
from recruitment.rules.results_columns import Columns, choose, recognise
from recruitment.rules.results_file import ResultsFile, read_results
from recruitment.sealing import seal, unseal
from recruitment.services.row_matching import MatchedRow, match_rows

LONGEST_NAME = 200
NAMES = "names"  # keys in ProviderFile.columns: the names an admin chose, the lines an admin gave away
CONFIRMED = "confirmed_lines"
GIVEN_BY = "given_by"  # line -> the admin who gave its stamps away


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MatchedFile:
    """A file with a mark on every row. It holds ids in clear, so it has no repr and is never stored."""

    results: ResultsFile
    columns: Columns
    rows: list[MatchedRow]


def read_file(*, effort: Effort, file_name: str, data: bytes, actor: User) -> tuple[ProviderFile, bool]:
    """The file as it is kept from now on, and whether it is new; the same bytes are known again.

    Raises ShownToUser `file_*` with the line at fault, or `column_repeated`. A file that was purged and comes
    again is kept again.
    """
    results = read_results(data)
    columns = recognise(results.header, remembered=remembered_names(effort))
    digest = provider_digest(effort=effort, text=hashlib.sha256(data).hexdigest(), kind="file")
    with transaction.atomic():
        kept, is_new = ProviderFile.objects.get_or_create(
            effort=effort,
            sha256_digest=digest,
            defaults={
                "file_name": file_name[-LONGEST_NAME:] or "results.csv",
                "content_sealed": seal_bytes(data),
                "columns": columns.as_json() if columns else {},
                "uploaded_by": actor,
            },
        )
        if is_new or keep_again(kept, data):
            note_change(kept, actor=actor, action="upload")
    return kept, is_new


def keep_again(kept: ProviderFile, data: bytes) -> bool:
    purged = ProviderFile.objects.filter(pk=kept.pk, purged_at__isnull=False)
    is_back = bool(purged.update(content_sealed=seal_bytes(data), purged_at=None))
    kept.refresh_from_db()
    return is_back


def seal_bytes(data: bytes) -> str:
    return seal(base64.b64encode(zlib.compress(data)).decode())


def content_of(provider_file: ProviderFile) -> bytes:
    """The bytes as they came. Raises ShownToUser `file_purged`."""
    if not provider_file.content_sealed:
        raise ShownToUser(
            "This file was purged together with the ids in it; what it changed here stays. "
            "Choose it again if it must be looked at.",
            code="file_purged",
            status=410,
        )
    return zlib.decompress(base64.b64decode(unseal(provider_file.content_sealed)))


def columns_of(provider_file: ProviderFile) -> Columns:
    """What was recognised or chosen. Raises ShownToUser `columns_unknown`."""
    if "person" not in provider_file.columns:
        raise ShownToUser(
            "It is not known yet which column of this file means what. Please choose the columns first.",
            code="columns_unknown",
            status=409,
        )
    return Columns.from_json(provider_file.columns)


@transaction.atomic
def choose_columns(*, provider_file: ProviderFile, names: Mapping[str, str], actor: User) -> ProviderFile:
    """Which column is the person, the submission, the code, perhaps the state and the time; remembered for the
    effort's next file. Raises ShownToUser `column_missing`, `column_repeated` or `file_applied`."""
    refuse_applied(provider_file)
    columns = choose(read_results(content_of(provider_file)).header, names=names)
    provider_file.columns = {**columns.as_json(), NAMES: dict(names)}
    provider_file.save(update_fields=["columns"])
    note_change(provider_file, actor=actor, action="columns")
    return provider_file


def remembered_names(effort: Effort) -> dict[str, str]:
    """What an admin chose for the newest file about which anybody was asked."""
    asked = effort.provider_files.filter(columns__names__isnull=False).order_by("-pk")
    newest = asked.values_list("columns", flat=True).first()
    return dict(newest[NAMES]) if newest else {}


def match_file(*, provider_file: ProviderFile) -> MatchedFile:
    """Every row with its mark, as things stand now; changes nothing."""
    results = read_results(content_of(provider_file))
    columns = columns_of(provider_file)
    rows = match_rows(
        effort=provider_file.effort,
        results=results,
        columns=columns,
        confirmed=frozenset(provider_file.columns.get(CONFIRMED, ())),
        since=provider_file.uploaded_at,
    )
    return MatchedFile(results=results, columns=columns, rows=rows)


def confirm_row(*, provider_file: ProviderFile, line: int, is_confirmed: bool, actor: User) -> None:
    """The admin has looked: the stamps that this row means are its person's, or not after all.

    Raises ShownToUser `not_confirmable` where there is nothing to award, or `file_applied`.
    """
    if is_confirmed and line not in lines_marked(provider_file, CONFIRMABLE):
        raise ShownToUser(
            f"Line {line} has no stamp that could be given to its person.",
            code="not_confirmable",
            field="line",
        )
    set_confirmed(provider_file, {line}, is_confirmed=is_confirmed, actor=actor)


def confirm_mistyped(*, provider_file: ProviderFile, actor: User) -> int:
    """Every stamp that is one slip away goes to the person who meant it; how many rows that are."""
    lines = lines_marked(provider_file, {Mark.MISTYPED})
    set_confirmed(provider_file, lines, is_confirmed=True, actor=actor)
    return len(lines)


@transaction.atomic
def set_confirmed(provider_file: ProviderFile, lines: set[int], *, is_confirmed: bool, actor: User) -> None:
    locked = ProviderFile.objects.select_for_update().get(pk=provider_file.pk)
    refuse_applied(locked)
    before = set(locked.columns.get(CONFIRMED, ()))
    after = before | lines if is_confirmed else before - lines
    if after != before:
        names = {**{str(line): actor.get_username() for line in lines}, **locked.columns.get(GIVEN_BY, {})}
        given_by = {line: name for line, name in names.items() if int(line) in after}
        locked.columns = {**locked.columns, CONFIRMED: sorted(after), GIVEN_BY: given_by}
        locked.save(update_fields=["columns"])
        note_change(
            locked, actor=actor, action="confirm" if is_confirmed else "unconfirm", lines=len(after ^ before)
        )
    provider_file.columns = locked.columns


def lines_marked(provider_file: ProviderFile, marks: Collection[Mark]) -> set[int]:
    rows = match_file(provider_file=provider_file).rows
    return {row.facts.line for row in rows if row.marked.mark in marks}


def refuse_applied(provider_file: ProviderFile) -> None:
    if provider_file.applied_at is not None:
        raise ShownToUser(
            "This file has been applied: its rows are submissions now. Undo that first.",
            code="file_applied",
            status=409,
        )


@transaction.atomic
def discard_file(*, provider_file: ProviderFile, actor: User) -> None:
    """Forget a file that was chosen by mistake. Raises ShownToUser `file_applied`."""
    refuse_applied(provider_file)
    note_change(provider_file, actor=actor, action="discard")
    ProviderFile.objects.filter(pk=provider_file.pk, applied_at__isnull=True).delete()


def note_change(provider_file: ProviderFile, *, actor: User, action: str, **details: int) -> None:
    """Figures only: a file's name or its cells may name people."""
    record_action(
        actor=actor,
        action=f"provider_file.{action}",
        subject=f"provider_file:{provider_file.public_id}",
        details=details,
    )
