"""A results file becomes submissions once, goes on after a crash, and can be taken back."""

import json
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import AuditEntry, Role
from core.errors import ShownToUser
from recruitment.models import (
    Anomaly,
    Decision,
    Effort,
    ProviderFile,
    ProviderIdentity,
    Submission,
    WorkStamp,
)
from recruitment.rules.deciding import BY_PROVIDER
from recruitment.rules.marks import Mark
from recruitment.services import row_submissions
from recruitment.services.arrivals import enter_once, receive_arrival
from recruitment.services.decisions import decide
from recruitment.services.identities import identity_of, purge_file
from recruitment.services.provider_files import confirm_row, content_of, discard_file, read_file
from recruitment.services.row_submissions import apply_file, undo_file
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from tests.factories import make_participant, make_user
from tests.recruitment.results_files import Batch, Line, make_csv_effort, make_stamps

pytestmark = pytest.mark.django_db
State = Submission.State


def keep(effort: Effort, data: bytes) -> ProviderFile:
    kept, is_new = read_file(effort=effort, file_name="b.csv", data=data, actor=make_user(role=Role.ADMIN))
    assert is_new
    return kept


def batch_of(effort: Effort, *answers: str, mark: Mark = Mark.OK) -> Batch:
    batch = Batch(effort)
    batch.lines = [batch.line(answer, mark) for answer in answers]
    return batch


def everything(effort: Effort) -> dict[str, Any]:
    """All that applying a file may change."""
    return {
        "submissions": list(effort.submissions.order_by("reference_digest").values()),
        "identities": ProviderIdentity.objects.count(),
        "stamps": list(WorkStamp.objects.order_by("pk").values("state", "claimed_by", "claimed_at")),
        "anomalies": list(effort.anomalies.order_by("pk").values()),
    }


def test_rows_become_submissions_whose_ids_are_sealed() -> None:
    effort = make_csv_effort()
    batch = batch_of(effort, *make_stamps(effort, 2))
    done = apply_file(provider_file=keep(effort, batch.as_csv()), actor=make_user(role=Role.ADMIN))
    assert (done.submissions, done.stamps, done.rows_left) == (2, 2, 0)
    ids = {
        (found.worker_id, found.reference, found.group)
        for found in map(identity_of, effort.submissions.all())
    }
    assert ids == {(line.worker, line.assignment, "3HITA") for line in batch.lines}
    one = effort.submissions.first()
    assert one is not None and one.state == State.SUBMITTED and one.submitted_at is not None
    assert one.submitted_at.isoformat() == "2026-11-12T18:11:12+00:00"
    assert set(WorkStamp.objects.values_list("state", flat=True)) == {WorkStamp.State.CLAIMED}


def test_applying_twice_changes_nothing() -> None:
    effort = make_csv_effort()
    admin = make_user(role=Role.ADMIN)
    kept = keep(effort, Batch(effort, seed=7).fill(rows=300).as_csv())
    first = apply_file(provider_file=kept, actor=admin)
    before = everything(effort)
    assert apply_file(provider_file=kept, actor=admin) == first
    ProviderFile.objects.update(applied_at=None)  # as after a crash right before the end
    again = apply_file(provider_file=ProviderFile.objects.get(pk=kept.pk), actor=admin)
    assert again == first
    assert everything(effort) == before


def test_a_crash_midway_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    effort = make_csv_effort()
    admin = make_user(role=Role.ADMIN)
    kept = keep(effort, Batch(effort, seed=8).fill(rows=120).as_csv())
    monkeypatch.setattr(row_submissions, "ROWS_AT_ONCE", 25)
    whole = row_submissions.RowWriter.apply
    calls = iter(range(99))

    def dies_at_the_third(self: row_submissions.RowWriter, rows: Any) -> Any:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return whole(self, rows)

    monkeypatch.setattr(row_submissions.RowWriter, "apply", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        apply_file(provider_file=kept, actor=admin)
    assert effort.submissions.exclude(worker_digest="").count() > 20
    done = apply_file(provider_file=kept, actor=admin)
    stamped = WorkStamp.objects.filter(claimed_by__details__file=str(kept.public_id)).count()
    assert (done.submissions, done.stamps) == (effort.submissions.exclude(worker_digest="").count(), stamped)


def test_what_is_odd_is_noted_and_claims_nothing() -> None:
    effort = make_csv_effort()
    (code,) = make_stamps(effort, 1)
    batch = batch_of(effort, code, code, make_stamps(make_csv_effort(), 1)[0])
    apply_file(provider_file=keep(effort, batch.as_csv()), actor=make_user(role=Role.ADMIN))
    kinds = sorted(Anomaly.objects.values_list("kind", flat=True))
    assert kinds == ["stamp_shared", "stamp_shared", "stamp_unknown"]
    assert not WorkStamp.objects.filter(claimed_by__isnull=False).exists()
    assert effort.submissions.count() == 3


def test_two_people_with_one_submission_become_none() -> None:
    effort = make_csv_effort()
    batch = Batch(effort)
    batch.lines = batch.two_workers()
    done = apply_file(provider_file=keep(effort, batch.as_csv()), actor=make_user(role=Role.ADMIN))
    assert (done.submissions, done.rows_left) == (0, 2)
    assert Anomaly.objects.filter(kind="two_workers").count() == 2


def test_a_confirmed_slip_is_claimed_and_only_slips_can_be_confirmed() -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    (code,) = make_stamps(effort, 1)
    kept = keep(effort, batch_of(effort, code[:5] + code[6:], "").as_csv())
    with pytest.raises(ShownToUser) as refusal:
        confirm_row(provider_file=kept, line=3, is_confirmed=True, actor=admin)
    assert refusal.value.code == "not_confirmable"
    confirm_row(provider_file=kept, line=2, is_confirmed=True, actor=admin)
    assert apply_file(provider_file=kept, actor=admin).stamps == 1


def test_a_newer_file_of_the_same_batch_only_brings_what_is_new() -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    batch = batch_of(effort, *make_stamps(effort, 2))
    apply_file(provider_file=keep(effort, batch.as_csv()), actor=admin)
    batch.lines[0].status = "Approved"
    batch.lines.append(batch.line(make_stamps(effort, 1)[0], Mark.OK))
    newer = keep(effort, batch.as_csv())
    assert apply_file(provider_file=newer, actor=admin).submissions == 3
    assert sorted(effort.submissions.values_list("state", flat=True)) == [
        "approved",
        "submitted",
        "submitted",
    ]
    assert Decision.objects.get().rule == BY_PROVIDER


def test_undoing_a_file_gives_the_stamps_back_and_forgets_its_people() -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    kept = keep(effort, Batch(effort, seed=9).fill(rows=60).as_csv())
    before = everything(effort)
    first = apply_file(provider_file=kept, actor=admin)
    unsent = effort.submissions.filter(state=State.SUBMITTED).exclude(worker_digest="").first()
    assert unsent is not None
    decision = decide(submission=unsent, verdict="approve", actor=admin)
    assert undo_file(provider_file=kept, actor=admin) == first.submissions
    after = everything(effort)
    assert ProviderIdentity.objects.count() == 1  # of the one with a decision that was undone
    assert [row["claimed_by"] for row in after["stamps"]] == [row["claimed_by"] for row in before["stamps"]]
    assert Decision.objects.get(pk=decision.pk).state == Decision.State.UNDONE
    assert apply_file(provider_file=kept, actor=admin) == first


def test_a_file_whose_decisions_were_sent_stays() -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    kept = keep(effort, batch_of(effort, *make_stamps(effort, 1)).as_csv())
    apply_file(provider_file=kept, actor=admin)
    decide(submission=effort.submissions.get(), verdict="approve", actor=admin)
    Decision.objects.update(state=Decision.State.SENT)
    with pytest.raises(ShownToUser, match="told about 1 of this file's submissions"):
        undo_file(provider_file=kept, actor=admin)
    assert effort.submissions.get().state == State.APPROVED


def test_the_same_bytes_are_known_again_and_other_efforts_know_nothing_of_them() -> None:
    effort, other = make_csv_effort(), make_csv_effort()
    data = batch_of(effort, "x").as_csv()
    kept = keep(effort, data)
    admin = make_user(role=Role.ADMIN)
    assert read_file(effort=effort, file_name="again.csv", data=data, actor=admin) == (kept, False)
    assert keep(other, data).sha256_digest != kept.sha256_digest
    purge_file(provider_file=kept)
    again, is_new = read_file(effort=effort, file_name="again.csv", data=data, actor=admin)
    assert (again.pk, is_new, content_of(again)) == (kept.pk, False, data)


def test_a_purged_file_cannot_be_read_and_one_in_use_cannot_be_discarded() -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    kept = keep(effort, batch_of(effort, *make_stamps(effort, 1)).as_csv())
    apply_file(provider_file=kept, actor=admin)
    with pytest.raises(ShownToUser) as refusal:
        discard_file(provider_file=kept, actor=admin)
    assert refusal.value.code == "file_applied"
    assert purge_file(provider_file=kept)
    kept.refresh_from_db()
    with pytest.raises(ShownToUser) as refusal:
        content_of(kept)
    assert refusal.value.code == "file_purged"


def test_no_id_of_the_platform_is_stored_in_clear() -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    batch = Batch(effort, seed=10).fill(rows=80)
    kept = keep(effort, batch.as_csv())
    apply_file(provider_file=kept, actor=admin)
    rows = [kept.findings, kept.columns, *everything(effort).values(), *AuditEntry.objects.values()]
    written = json.dumps(rows, default=str) + kept.content_sealed
    planted = {name for line in batch.lines for name in (line.worker, line.assignment) if name}
    assert len(planted) > 100
    assert not [name for name in planted if name in written]


def test_somebody_who_came_by_the_link_needs_no_stamp_and_is_the_same_submission() -> None:
    effort, admin, session = make_csv_effort(), make_user(role=Role.ADMIN), SessionStore()
    effort.channel_settings = {"worker_parameter": "pid", "submission_parameter": "sid"}
    effort.save(update_fields=["channel_settings"])
    came = receive_arrival(session=session, effort=effort, parameters={"pid": "W1", "sid": "A1"})
    person = enter_once(
        session=session, effort=effort, begin=lambda: make_participant(effort=effort), is_staff=False
    )
    mint_stamp(work_unit=record_finished_work(participant=person, subject="recording:1", evidence={}))
    batch = Batch(effort)
    batch.lines = [Line(worker="W1", assignment="A1", answer="", mark=Mark.OK)]
    assert apply_file(provider_file=keep(effort, batch.as_csv()), actor=admin).stamps == 1
    assert effort.submissions.get() == came
    assert effort.submissions.get().state == State.SUBMITTED
    assert WorkStamp.objects.get().claimed_by == came


def test_a_stamp_that_somebody_used_since_the_file_was_looked_at_is_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    kept = keep(effort, batch_of(effort, *make_stamps(effort, 1)).as_csv())
    matched = row_submissions.match_file(provider_file=kept)
    faster = Submission.objects.create(effort=effort, worker_digest="f" * 64, reference_digest="f" * 64)
    WorkStamp.objects.update(state=WorkStamp.State.CLAIMED, claimed_by=faster, claimed_at=kept.uploaded_at)
    monkeypatch.setattr(row_submissions, "match_file", lambda provider_file: matched)
    assert apply_file(provider_file=kept, actor=admin).stamps == 0
    assert WorkStamp.objects.get().claimed_by == faster
    assert Anomaly.objects.get().kind == "stamp_shared"


def test_a_stamp_with_a_wrong_check_is_noted_as_unknown() -> None:
    effort = make_csv_effort()
    kept = keep(effort, batch_of(effort, "ABCD-EFGH-JKMN-PQRS-T", "I finished it").as_csv())
    apply_file(provider_file=kept, actor=make_user(role=Role.ADMIN))
    assert [found.kind for found in effort.anomalies.all()] == ["stamp_unknown"]
