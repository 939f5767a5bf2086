"""The platform gets its own file back: the same cells, with decisions filled in and counted as sent."""

import csv
import io

import pytest

from accounts.models import Role
from recruitment.models import Decision, Effort, ProviderFile, Submission
from recruitment.rules.results_columns import DECISION, REASON
from recruitment.services.decided_files import export_file
from recruitment.services.decisions import decide
from recruitment.services.provider_files import choose_columns, read_file
from recruitment.services.row_submissions import apply_file
from tests.factories import make_user
from tests.recruitment.results_files import HEADER, Batch, make_csv_effort, make_stamps

pytestmark = pytest.mark.django_db
APPROVE, REJECT = HEADER.index("Approve"), HEADER.index("Reject")


def applied(effort: Effort, data: bytes, **names: str) -> ProviderFile:
    admin = make_user(role=Role.ADMIN)
    kept, _ = read_file(effort=effort, file_name="batch.csv", data=data, actor=admin)
    if names:
        choose_columns(provider_file=kept, names=names, actor=admin)
    apply_file(provider_file=kept, actor=admin)
    return kept


def reject(submission: Submission, message: str) -> None:
    actor = make_user(role=Role.ADMIN)
    decide(
        submission=submission, verdict="reject", reason_code="takes_unusable", message=message, actor=actor
    )


def table_of(data: bytes, *, encoding: str = "utf-8", separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), "excel", delimiter=separator))


@pytest.mark.parametrize(
    ("encoding", "separator", "quotes_all"), [("utf-8-sig", ",", True), ("utf-16", "\t", False)]
)
def test_only_approve_and_reject_differ_from_the_file_that_came(
    encoding: str, separator: str, quotes_all: bool
) -> None:
    effort = make_csv_effort()
    data = (
        Batch(effort, seed=11)
        .fill(rows=120)
        .as_csv(encoding=encoding, separator=separator, quotes_all=quotes_all)
    )
    kept = applied(effort, data)
    waiting = list(effort.submissions.filter(state=Submission.State.SUBMITTED).exclude(worker_digest=""))
    for number, submission in enumerate(waiting):
        if number % 3 == 0:
            decide(submission=submission, verdict="approve", actor=None)
        elif number % 3 == 1:
            reject(submission, '=too quiet, "both" takes')
    exported = export_file(provider_file=kept, actor=make_user(role=Role.ADMIN))
    before = table_of(data, encoding=encoding, separator=separator)
    after = table_of(exported, encoding=encoding, separator=separator)
    assert [row[:APPROVE] for row in after] == [row[:APPROVE] for row in before]
    approved = [row for row in after if row[APPROVE:] == ["X", ""]]
    rejected = [row for row in after if row[APPROVE:] == ["", 'too quiet, "both" takes']]
    assert len(approved) == (len(waiting) + 2) // 3
    assert len(rejected) == (len(waiting) + 1) // 3
    others = [row for row in after[1:] if row not in approved and row not in rejected]
    assert others == [row for row in before[1:] if row[:APPROVE] in [other[:APPROVE] for other in others]]


def test_rows_that_are_not_decided_come_back_byte_for_byte() -> None:
    effort = make_csv_effort()
    data = Batch(effort, seed=12).fill(rows=60).as_csv()
    kept = applied(effort, data)
    assert export_file(provider_file=kept, actor=make_user(role=Role.ADMIN)) == data


def test_exported_decisions_count_as_sent_and_the_same_file_comes_again() -> None:
    effort = make_csv_effort()
    batch = Batch(effort)
    batch.lines = [*batch.ok(), *batch.ok()]
    kept = applied(effort, batch.as_csv())
    decide(submission=effort.submissions.order_by("pk")[0], verdict="approve", actor=None)
    admin = make_user(role=Role.ADMIN)
    first = export_file(provider_file=kept, actor=admin)
    assert Decision.objects.get().state == Decision.State.SENT
    assert export_file(provider_file=kept, actor=admin) == first
    assert [row[APPROVE:] for row in table_of(first)[1:]].count(["X", ""]) == 1


def test_what_mechanical_turk_has_decided_already_is_not_told_again() -> None:
    effort = make_csv_effort()
    batch = Batch(effort)
    batch.lines = batch.ok()
    batch.lines[0].status = "Approved"
    data = batch.as_csv()
    kept = applied(effort, data)
    assert Decision.objects.get().state == Decision.State.SENT
    assert export_file(provider_file=kept, actor=make_user(role=Role.ADMIN)) == data


def test_other_platforms_get_two_more_columns() -> None:
    effort = make_csv_effort()
    one, two = make_stamps(effort, 2)
    data = f"who;task;answer\r\nP1;T1;{one}\r\nP2;T2;{two}\r\n=P3;T3;\r\n".encode()
    kept = applied(effort, data, person="who", submission="task", code="answer")
    first, second, _ = effort.submissions.order_by("pk")
    decide(submission=first, verdict="approve", actor=None)
    reject(second, "+ too short; sorry")
    exported = table_of(export_file(provider_file=kept, actor=make_user(role=Role.ADMIN)), separator=";")
    assert exported == [
        ["who", "task", "answer", DECISION, REASON],
        ["P1", "T1", one, "approve", ""],
        ["P2", "T2", two, "reject", "too short; sorry"],
        ["=P3", "T3", ""],
    ]


def test_a_hand_made_approval_gives_way_to_our_rejection() -> None:
    effort = make_csv_effort()
    (code,) = make_stamps(effort, 1)
    data = f'WorkerId,AssignmentId,Answer.x,Approve,Reject\nW1,A1,{code},"X",\n'.encode()
    kept = applied(effort, data)
    reject(effort.submissions.get(), "Too quiet.")
    assert export_file(provider_file=kept, actor=make_user(role=Role.ADMIN)).endswith(b",,Too quiet.\n")
