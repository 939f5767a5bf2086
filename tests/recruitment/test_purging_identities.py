"""Provider ids go some days after everything about their submission was settled, and not before."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from accounts.models import AuditEntry
from core.errors import ShownToUser
from recruitment.models import Decision, Effort, Payment, ProviderFile, ProviderIdentity, Submission
from recruitment.services.identities import identity_of, last_purge_of, note_settlement, purge_identities
from tests.factories import make_user
from tests.recruitment.prolific_people import make_prolific_effort, work_as

pytestmark = pytest.mark.django_db
State = Submission.State


@pytest.fixture
def effort() -> Effort:
    return make_prolific_effort(identities_kept_days=30)


def settled(effort: Effort, *, state: str = State.RETURNED, days_ago: int = 31) -> Submission:
    submission = work_as(Submission.objects.count() + 1, effort=effort)
    Submission.objects.filter(pk=submission.pk).update(state=state)
    note_settlement(effort=effort)
    Submission.objects.filter(pk=submission.pk).update(settled_at=F("settled_at") - timedelta(days=days_ago))
    return submission


def purged() -> int:
    return sum(purge.identities for purge in purge_identities())


@pytest.mark.parametrize("state", [State.RETURNED, State.REJECTED, State.APPROVED])
def test_ids_of_a_settled_submission_go_after_the_days_of_the_effort(effort: Effort, state: str) -> None:
    submission = settled(effort, state=state)
    settled(effort, state=state, days_ago=29)
    assert (purged(), purged()) == (1, 0)
    assert ProviderIdentity.objects.count() == 1
    submission.refresh_from_db()
    assert submission.state == State.PURGED
    with pytest.raises(ShownToUser, match="purged"):
        identity_of(submission)


@pytest.mark.parametrize("state", [State.ENTERED, State.SUBMITTED])
def test_who_still_waits_keeps_their_ids(effort: Effort, state: str) -> None:
    settled(effort, state=state)
    assert purged() == 0


def test_who_never_came_back_counts_as_settled_after_a_month(effort: Effort) -> None:
    submission = work_as(1, effort=effort)
    Submission.objects.update(entered_at=timezone.now() - timedelta(days=31))
    purge_identities()
    submission.refresh_from_db()
    assert submission.settled_at is not None


@pytest.mark.parametrize("state", ["owed", "sending", "failed"])
def test_money_on_its_way_keeps_the_ids(effort: Effort, state: str) -> None:
    submission = settled(effort, state=State.APPROVED)
    Payment.objects.create(
        submission=submission, kind="bonus", amount_minor=1, currency="GBP", state=state, idempotency_key="1"
    )
    assert purged() == 0
    submission.refresh_from_db()
    assert submission.settled_at is None


@pytest.mark.parametrize(("state", "gone"), [("decided", 0), ("sending", 0), ("failed", 0), ("sent", 1)])
def test_a_decision_that_nobody_was_told_keeps_the_ids(effort: Effort, state: str, gone: int) -> None:
    submission = settled(effort, state=State.APPROVED)
    Decision.objects.create(submission=submission, verdict="approve", rule="by hand", state=state)
    assert purged() == gone


def results_file(*people: Submission) -> ProviderFile:
    """Applied long ago, with a row for each of them."""
    now = timezone.now()
    kept_file = ProviderFile.objects.create(
        effort=people[0].effort,
        file_name="a.csv",
        sha256_digest=str(people[0].pk),
        content_sealed="x",
        findings=[{"submission": str(submission.public_id)} for submission in people],
        uploaded_by=make_user(),
        applied_at=now,
    )
    ProviderFile.objects.update(uploaded_at=now - timedelta(days=40))
    return kept_file


def test_a_results_file_goes_with_the_last_of_its_people(effort: Effort) -> None:
    waiting = settled(effort, days_ago=1)
    kept_file = results_file(settled(effort), waiting)
    purge_identities()
    kept_file.refresh_from_db()
    assert kept_file.content_sealed == "x"
    Submission.objects.filter(pk=waiting.pk).update(settled_at=timezone.now() - timedelta(days=31))
    purge_identities()
    kept_file.refresh_from_db()
    assert (kept_file.content_sealed, kept_file.purged_at is not None) == ("", True)


def test_a_results_file_does_not_wait_for_people_of_another_file(effort: Effort) -> None:
    done, waiting = results_file(settled(effort)), results_file(settled(effort, days_ago=1))
    settled(effort, state=State.ENTERED)
    [purge] = purge_identities()
    assert (purge.identities, purge.files) == (1, 1)
    for file in (done, waiting):
        file.refresh_from_db()
    assert (done.content_sealed, waiting.content_sealed) == ("", "x")


def test_a_purge_reports_in_the_audit_log_with_counts_only(effort: Effort) -> None:
    settled(effort)
    assert last_purge_of(effort=effort) is None
    purge_identities()
    entry = AuditEntry.objects.get(action="identities.purge")
    assert (entry.subject, entry.details) == (f"effort:{effort.pk}", {"identities": 1, "files": 0})
    assert last_purge_of(effort=effort) == entry


def test_an_operator_can_look_before_purging(effort: Effort) -> None:
    settled(effort)
    said = StringIO()
    call_command("purge_identities", "--dry-run", stdout=said)
    assert "1 identities and 0 files would be purged" in said.getvalue()
    assert ProviderIdentity.objects.count() == 1
    call_command("purge_identities", stdout=said)
    assert not ProviderIdentity.objects.exists()
