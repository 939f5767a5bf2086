"""Prolific's list is read whole, and submissions here follow it; what is further on never goes back."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import RetryLater, ShownToUser
from recruitment.channels.contract import Reconciliation
from recruitment.models import Anomaly, Effort, Submission, WorkStamp
from recruitment.services.identities import identity_of
from recruitment.services.reconciling import reconcile_all, reconcile_effort
from tests.recruitment.prolific_people import COMPLETED, make_prolific_effort, reference, work_as, worker_id
from tests.recruitment.prolific_server import FakeProlific

pytestmark = pytest.mark.django_db
State = Submission.State


@pytest.fixture
def effort() -> Effort:
    return make_prolific_effort()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr("recruitment.channels.prolific_api.time.sleep", slept.append)
    return slept


def reconciled(effort: Effort) -> Reconciliation:
    return reconcile_effort(effort=effort)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("RESERVED", State.ENTERED),
        ("ACTIVE", State.ENTERED),
        ("AWAITING REVIEW", State.SUBMITTED),
        ("APPROVED", State.APPROVED),
        ("REJECTED", State.REJECTED),
        ("RETURNED", State.RETURNED),
        ("TIMED-OUT", State.RETURNED),
        ("SCREENED OUT", State.RETURNED),
        ("SCREENED_OUT", State.RETURNED),
    ],
)
def test_each_status_of_prolific_becomes_a_state_here(
    prolific: FakeProlific, effort: Effort, status: str, state: State
) -> None:
    submission = work_as(1, effort=effort)
    prolific.add(reference=reference(1), worker=worker_id(1), status=status)
    assert reconciled(effort).problems == []
    submission.refresh_from_db()
    assert submission.state == state


def test_a_finished_submission_claims_the_stamps_of_its_person(
    prolific: FakeProlific, effort: Effort
) -> None:
    submission = work_as(1, effort=effort, units=3)
    prolific.add(reference=reference(1), worker=worker_id(1))
    prolific.finish(reference(1), code=COMPLETED)
    for _ in range(2):
        reconciled(effort)
    submission.refresh_from_db()
    assert submission.stamps.filter(state=WorkStamp.State.CLAIMED).count() == 3
    assert submission.details["code"] == "completed"
    assert submission.decided_by_provider_at is not None
    assert (submission.decided_by_provider_at - submission.submitted_at).days == 21  # type: ignore[operator]


def test_every_page_of_the_list_is_read(prolific: FakeProlific, effort: Effort) -> None:
    for number in range(1, 251):
        prolific.add(reference=reference(number), worker=worker_id(number), status="AWAITING REVIEW")
    outcome = reconciled(effort)
    assert (outcome.seen, outcome.changed) == (250, 250)
    assert prolific.calls["GET submissions"] == 3
    assert reconciled(effort).changed == 0


def test_a_submission_without_a_code_is_found_by_its_person(prolific: FakeProlific, effort: Effort) -> None:
    first = work_as(1, effort=effort)
    prolific.add(reference=reference(9), worker=worker_id(1), status="AWAITING REVIEW", code="NOCODE")
    reconciled(effort)
    adopted = Submission.objects.exclude(pk=first.pk).get()
    assert (adopted.participant, adopted.details["code"]) == (first.participant, "none")
    assert adopted.stamps.count() == 1
    assert identity_of(adopted).reference == reference(9)


def test_who_never_came_here_and_gave_up_leaves_no_trace(prolific: FakeProlific, effort: Effort) -> None:
    prolific.add(reference=reference(1), worker=worker_id(1), status="RETURNED")
    assert reconciled(effort).unknown_here == 1
    assert not Submission.objects.exists()


def test_a_decision_made_here_is_not_undone_by_an_older_list(prolific: FakeProlific, effort: Effort) -> None:
    submission = work_as(1, effort=effort)
    Submission.objects.update(state=State.APPROVED)
    prolific.add(reference=reference(1), worker=worker_id(1), status="AWAITING REVIEW")
    reconciled(effort)
    submission.refresh_from_db()
    assert submission.state == State.APPROVED


def test_a_submission_entered_with_a_borrowed_id_is_noticed(prolific: FakeProlific, effort: Effort) -> None:
    work_as(1, effort=effort)
    prolific.add(reference=reference(1), worker=worker_id(2), status="AWAITING REVIEW")
    assert "another person's id" in reconciled(effort).problems[0]
    assert Anomaly.objects.get().kind == "other_person"


def test_an_unknown_status_is_a_problem_and_not_a_guess(prolific: FakeProlific, effort: Effort) -> None:
    work_as(1, effort=effort)
    prolific.add(reference=reference(1), worker=worker_id(1), status="ENCHANTED")
    assert reconciled(effort).problems == ["1 with the unknown status 'ENCHANTED'"]
    effort.refresh_from_db()
    assert effort.reconciliation["seen"] == 1


def test_a_short_pause_is_waited_for(prolific: FakeProlific, effort: Effort, pauses: list[float]) -> None:
    prolific.troubles = [(429, {"Retry-After": "3"}), (429, {"Retry-After": "7"})]
    assert reconciled(effort).problems == []
    assert pauses == [3.0, 7.0]


def test_a_long_pause_is_left_to_the_timer(
    prolific: FakeProlific, effort: Effort, pauses: list[float]
) -> None:
    prolific.troubles = [(429, {"Retry-After": "120"})]
    with pytest.raises(RetryLater) as pause:
        reconciled(effort)
    assert (pause.value.delay_s, pauses) == (120.0, [])


@pytest.mark.parametrize("status", [500, 502, 503, 302])
def test_an_outage_or_a_redirect_is_tried_again_later(
    prolific: FakeProlific, effort: Effort, status: int
) -> None:
    prolific.troubles = [(status, {"Location": prolific.url + "elsewhere/"})]
    with pytest.raises(RetryLater):
        reconciled(effort)
    assert prolific.calls.total() == 1
    effort.refresh_from_db()
    assert "status" in effort.reconciliation["problems"][0]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda effort, settings: setattr(settings, "PROLIFIC_TOKEN", "wrong"), "provider_token"),
        (lambda effort, settings: setattr(settings, "PROLIFIC_TOKEN", ""), "provider_token"),
        (
            lambda effort, settings: effort.channel_settings.update(study_id="unknownstudy"),
            "provider_unknown",
        ),
        (lambda effort, settings: effort.channel_settings.clear(), "study_id_missing"),
    ],
)
def test_what_an_admin_must_mend_is_said(
    prolific: FakeProlific, effort: Effort, settings: Any, spoil: Callable[[Effort, Any], None], code: str
) -> None:
    spoil(effort, settings)
    with pytest.raises(ShownToUser) as refusal:
        reconciled(effort)
    assert refusal.value.code == code


def test_one_effort_in_trouble_does_not_hold_up_the_others(prolific: FakeProlific, effort: Effort) -> None:
    make_prolific_effort(channel_settings={})
    assert reconcile_all(channel="prolific") == 1


def test_nobody_answers_at_all(effort: Effort, settings: Any) -> None:
    settings.PROLIFIC_TOKEN, settings.PROLIFIC_URL = "token", "http://127.0.0.1:9/api/v1/"
    with pytest.raises(RetryLater):
        reconciled(effort)
