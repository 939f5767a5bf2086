"""Deciding submissions: proposed by rules, decided once, audited, undone while that is possible."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Role
from core.errors import ShownToUser
from recruitment.earned_stamps import looked_up
from recruitment.models import Anomaly, Decision, Payment, Submission, WorkStamp
from recruitment.proposals import propose
from recruitment.services.decisions import (
    adopt_provider_decisions,
    decide,
    decide_clear,
    fingerprint,
    mark_sent,
    undo_decision,
)
from tests.factories import make_user
from tests.recruitment.efforts import make_paid_effort, make_submission, make_take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channel")]


def approve(submission: Submission) -> Decision:
    return decide(submission=submission, verdict="approve", actor=make_user(role=Role.ADMIN))


def reject(submission: Submission, reason_code: str = "takes_unusable") -> Decision:
    admin = make_user(role=Role.ADMIN)
    return decide(submission=submission, verdict="reject", reason_code=reason_code, actor=admin)


def everything_about(submission: Submission) -> tuple[object, ...]:
    submission.refresh_from_db()
    stamps = set(WorkStamp.objects.filter(claimed_by=submission).values_list("state", flat=True))
    return submission.state, stamps, list(submission.payments.values_list("state", "amount_minor"))


def test_rules_propose_for_each_submission_that_waits() -> None:
    effort = make_paid_effort(units_wanted=2, decision_rules={"reject_after": 2})
    for takes in ("aa", "rr", "aw", ""):
        make_submission(effort=effort, takes=takes)
    make_submission(effort=effort, state=Submission.State.ENTERED)
    assert [proposal.outcome.verdict for proposal in propose(effort=effort)] == ["approve", "reject", "", ""]


def test_an_open_anomaly_makes_a_submission_doubtful_until_it_is_settled() -> None:
    effort = make_paid_effort()
    submission = make_submission(effort=effort)
    Anomaly.objects.create(
        effort=effort, kind="same_voice", subject="participant:1", participant=submission.participant
    )
    assert not propose(effort=effort)[0].outcome.is_clear
    Anomaly.objects.update(settled_at=timezone.now())
    assert propose(effort=effort)[0].outcome.is_clear


def test_work_that_another_submission_claimed_is_not_counted_twice() -> None:
    effort = make_paid_effort()
    first = make_submission(effort=effort, takes="aa")
    approve(first)
    second = make_submission(effort=effort, takes="")
    second.participant = first.participant
    second.save()
    assert propose(effort=effort)[0].takes == ()


def test_an_approval_owes_the_reward_and_moves_the_stamps_once_it_was_sent() -> None:
    submission = make_submission(effort=make_paid_effort(), takes="aa")
    approve(submission)
    assert everything_about(submission) == ("approved", {"claimed"}, [("owed", 450)])
    mark_sent(decisions=Decision.objects.all())
    assert everything_about(submission) == ("approved", {"approved"}, [("owed", 450)])


def test_a_rejection_owes_nothing_and_says_why() -> None:
    submission = make_submission(effort=make_paid_effort(), takes="r")
    decision = reject(submission)
    assert everything_about(submission) == ("rejected", {"claimed"}, [])
    assert "Thank you" in decision.message
    assert decision.evidence["takes"][0]["reason"] == "The voices are too quiet."


def test_the_second_of_two_decisions_is_told_of_the_first() -> None:
    submission = make_submission(effort=make_paid_effort())
    approve(submission)
    approve(submission)
    with pytest.raises(ShownToUser, match="Already approved by admin"):
        reject(submission)
    assert Decision.objects.count() == 1


@pytest.mark.parametrize(
    ("verdict", "reason_code", "code"),
    [
        ("maybe", "", "unknown_verdict"),
        ("reject", "", "unknown_reason"),
        ("reject", "own_words", "reason_missing"),
    ],
)
def test_what_is_no_decision_is_refused(verdict: str, reason_code: str, code: str) -> None:
    submission = make_submission(effort=make_paid_effort())
    with pytest.raises(ShownToUser) as refusal:
        decide(submission=submission, verdict=verdict, reason_code=reason_code, actor=None)
    assert refusal.value.code == code


@pytest.mark.parametrize("state", ["entered", "returned", "purged"])
def test_only_what_was_submitted_can_be_decided(state: str) -> None:
    submission = make_submission(effort=make_paid_effort(), state=state)
    with pytest.raises(ShownToUser, match="only one that is submitted"):
        approve(submission)


def test_every_decision_and_undo_is_in_the_audit_log() -> None:
    submission = make_submission(effort=make_paid_effort())
    admin = make_user(role=Role.ADMIN)
    decision = decide(submission=submission, verdict="reject", reason_code="no_work", actor=admin)
    undo_decision(decision=decision, actor=admin)
    entries = AuditEntry.objects.filter(subject=f"submission:{submission.public_id}").order_by("pk")
    assert list(entries.values_list("action", "actor")) == [
        ("submission.reject", admin.pk),
        ("submission.undo_decision", admin.pk),
    ]


def test_an_undone_approval_leaves_nothing_owed_and_can_be_decided_anew() -> None:
    submission = make_submission(effort=make_paid_effort())
    undo_decision(decision=approve(submission), actor=None)
    assert everything_about(submission) == ("submitted", {"claimed"}, [("cancelled", 450)])
    approve(submission)
    assert everything_about(submission) == ("approved", {"claimed"}, [("owed", 450)])


def test_an_approval_whose_reward_is_paid_cannot_be_undone() -> None:
    submission = make_submission(effort=make_paid_effort())
    decision = approve(submission)
    Payment.objects.update(state=Payment.State.SENT)
    with pytest.raises(ShownToUser, match="paid or on its way"):
        undo_decision(decision=decision, actor=None)
    assert everything_about(submission)[0] == "approved"


def test_an_approval_that_was_sent_is_final_and_a_rejection_only_after_the_window() -> None:
    effort = make_paid_effort(reward_minor=0)
    approved, rejected = (make_submission(effort=effort) for _ in range(2))
    late = make_submission(effort=effort, submitted_at=timezone.now() - timedelta(days=31))
    decisions = [approve(approved), reject(rejected), reject(late)]
    mark_sent(decisions=Decision.objects.all())
    undo_decision(decision=decisions[1], actor=None)
    for final in (decisions[0], decisions[2]):
        with pytest.raises(ShownToUser) as refusal:
            undo_decision(decision=final, actor=None)
        assert refusal.value.code == "cannot_undo"


def test_only_what_was_previewed_and_still_stands_is_decided() -> None:
    effort = make_paid_effort()
    kept, changed = (make_submission(effort=effort) for _ in range(2))
    previewed = {fingerprint(proposal) for proposal in propose(effort=effort)}
    make_take(changed, number=2, state="a")
    admin = make_user(role=Role.ADMIN)
    assert decide_clear(effort=effort, confirmed=previewed, actor=admin) == (1, 1)
    assert list(Decision.objects.values_list("submission", "rule")) == [(kept.pk, "all_accepted")]


def test_the_person_reads_a_decision_once_it_was_sent() -> None:
    submission = make_submission(effort=make_paid_effort())
    decision = reject(submission)
    assert looked_up(WorkStamp.objects.get(claimed_by=submission)).decision is None
    mark_sent(decisions=Decision.objects.all())
    assert looked_up(WorkStamp.objects.get(claimed_by=submission)).decision == decision


def test_on_an_open_link_a_decision_stands_at_once_and_can_be_undone() -> None:
    submission = make_submission(effort=make_paid_effort(channel="open"))
    decision = approve(submission)
    assert decision.state == Decision.State.SENT
    undo_decision(decision=decision, actor=None)
    assert everything_about(submission) == ("submitted", {"verified"}, [("cancelled", 450)])


def test_what_the_provider_decided_by_itself_is_written_down_once() -> None:
    effort = make_paid_effort()
    approved = make_submission(effort=effort, state=Submission.State.APPROVED)
    rejected = make_submission(effort=effort, state=Submission.State.REJECTED)
    assert (adopt_provider_decisions(effort=effort), adopt_provider_decisions(effort=effort)) == (2, 0)
    assert everything_about(approved) == ("approved", {"approved"}, [("owed", 450)])
    assert rejected.decisions.get().rule == "by the provider"


def test_a_rejection_taken_back_here_is_not_adopted_again_from_the_provider() -> None:
    effort = make_paid_effort()
    submission = make_submission(effort=effort)
    decision = reject(submission)
    mark_sent(decisions=Decision.objects.all())
    undo_decision(decision=decision, actor=None)
    Submission.objects.update(state=Submission.State.REJECTED)  # as the provider still lists it
    assert adopt_provider_decisions(effort=effort) == 0
    assert everything_about(submission)[0] == "submitted"


def test_work_that_nobody_reviews_counts_as_soon_as_it_is_done() -> None:
    submission = make_submission(effort=make_paid_effort(), takes="")
    unit = make_take(submission, number=1, state="w")
    unit.evidence["needs_review"] = False
    unit.save()
    assert propose(effort=submission.effort)[0].outcome.verdict == "approve"
