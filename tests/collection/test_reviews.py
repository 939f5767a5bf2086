"""One decision on a recording is in force at a time; it can be taken back, and never takes a stamp away."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from collection.models import Recording, Review
from collection.review_rules import MAX_REASON_CHARACTERS, capture_facts, rejection_reason
from collection.services.reviews import accept, reject, undo
from core.errors import ShownToUser
from recruitment.models import Participant, WorkStamp, WorkUnit
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from tests.factories import make_recording, make_user

pytestmark = pytest.mark.django_db

NOISE = "Background noise or music covers the voices."


def stamped_recording() -> Recording:
    recording = make_recording()
    work_unit = record_finished_work(
        participant=recording.participation.participant, subject=recording.work_subject, evidence={}
    )
    mint_stamp(work_unit=work_unit)
    return recording


def test_accepting_approves_the_work_and_writes_the_log() -> None:
    recording, reviewer = stamped_recording(), make_user()
    review = accept(recording=recording, reviewer=reviewer)
    recording.refresh_from_db()
    assert (review.decision, recording.review_state) == ("accepted", "accepted")
    assert WorkUnit.objects.get().state == "approved"
    entry = AuditEntry.objects.get(action="recording.accept")
    assert (entry.actor, entry.subject) == (reviewer, recording.work_subject)


def test_rejecting_flags_the_stamp_and_leaves_it_valid() -> None:
    recording = stamped_recording()
    before = WorkStamp.objects.values().get()
    reject(recording=recording, reviewer=make_user(), reason=NOISE)
    recording.refresh_from_db()
    assert recording.review_state == "rejected" and WorkUnit.objects.get().state == "rejected"
    assert WorkStamp.objects.values().get() == {**before, "flag": "take_rejected"}
    assert WorkUnit.objects.get().evidence["review"] == {"decision": "rejected", "reason": NOISE}
    assert AuditEntry.objects.get(action="recording.reject").details == {"reason": NOISE}


def test_undoing_a_rejection_takes_the_flag_and_the_reason_away() -> None:
    recording, reviewer = stamped_recording(), make_user()
    reject(recording=recording, reviewer=reviewer, reason=NOISE)
    undo(recording=recording, reviewer=reviewer)
    assert WorkStamp.objects.get().flag == ""
    assert (WorkUnit.objects.get().state, WorkUnit.objects.get().evidence) == ("done", {})


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_rejection_needs_a_reason(reason: str) -> None:
    with pytest.raises(ShownToUser, match="choose a reason") as refused:
        reject(recording=make_recording(), reviewer=make_user(), reason=reason)
    assert refused.value.field == "reason"
    assert not Review.objects.exists()


def test_a_reason_that_is_too_long_is_refused_before_it_is_cut() -> None:
    with pytest.raises(ShownToUser, match=r"has 301 characters"):
        reject(recording=make_recording(), reviewer=make_user(), reason="x" * (MAX_REASON_CHARACTERS + 1))


def test_the_second_of_two_reviewers_learns_who_decided() -> None:
    recording, first = make_recording(), make_user(username="first-reviewer")
    accept(recording=recording, reviewer=first)
    with pytest.raises(ShownToUser, match=r"Already accepted by first-reviewer on 20") as refused:
        reject(recording=recording, reviewer=make_user(), reason=NOISE)
    assert (refused.value.code, refused.value.status) == ("already_decided", 409)
    assert Review.objects.count() == 1


def test_a_double_click_decides_once() -> None:
    recording, reviewer = make_recording(), make_user()
    once = accept(recording=recording, reviewer=reviewer)
    assert accept(recording=recording, reviewer=reviewer) == once
    assert Review.objects.count() == AuditEntry.objects.count() == 1


def test_a_decision_taken_back_leaves_the_recording_waiting_and_its_history_complete() -> None:
    recording, reviewer = stamped_recording(), make_user()
    reject(recording=recording, reviewer=reviewer, reason=NOISE)
    undo(recording=recording, reviewer=reviewer)
    recording.refresh_from_db()
    assert recording.review_state == "waiting" and WorkUnit.objects.get().state == "done"
    accept(recording=recording, reviewer=reviewer)
    assert Review.objects.count() == 2 and AuditEntry.objects.count() == 3


@pytest.mark.parametrize(("role", "may"), [("reviewer", False), ("admin", True)])
def test_only_an_admin_takes_back_what_somebody_else_decided(role: str, may: bool) -> None:
    recording = make_recording()
    accept(recording=recording, reviewer=make_user())
    if may:
        undo(recording=recording, reviewer=make_user(role=role))
        assert Review.objects.get().undone_at
    else:
        with pytest.raises(ShownToUser, match="Only they or an admin"):
            undo(recording=recording, reviewer=make_user(role=role))


def test_nothing_can_be_taken_back_that_was_not_decided() -> None:
    with pytest.raises(ShownToUser, match="nothing to undo"):
        undo(recording=make_recording(), reviewer=make_user())


def test_a_withdrawn_recording_is_beyond_any_decision() -> None:
    recording = make_recording()
    Participant.objects.filter(participation=recording.participation_id).update(withdrawn_at=timezone.now())
    for decide in (accept, undo):
        with pytest.raises(ShownToUser, match="have withdrawn it"):
            decide(recording=recording, reviewer=make_user())


@pytest.mark.parametrize(
    ("choice", "own_words", "expected"),
    [
        ("noise", "ignored", NOISE),
        ("own", "  A dog\n barks. ", "A dog barks."),
        ("own", "", ""),
        ("?", "", ""),
    ],
)
def test_a_reason_is_one_of_the_list_or_own_words(choice: str, own_words: str, expected: str) -> None:
    assert rejection_reason(choice=choice, own_words=own_words) == expected


@pytest.mark.parametrize(
    ("capture", "expected"),
    [
        ({"settings": {"echoCancellation": True}}, ("Echo cancellation", "on", False)),
        ({"settings": {"noiseSuppression": False}}, ("Noise suppression", "off", True)),
        ({"settings": "odd"}, ("Automatic gain", "not reported", None)),
        ({"frame_gaps": 2}, ("Missing frames", "2", False)),
        ({"device_class": "bluetooth"}, ("Microphone", "bluetooth", False)),
        ({"browser": "Chromium", "os": "Linux"}, ("Browser", "Chromium on Linux", None)),
    ],
)
def test_capture_facts_say_what_was_achieved(capture: dict[str, Any], expected: tuple[object, ...]) -> None:
    facts = [(fact.label, fact.value, fact.is_good) for fact in capture_facts(capture)]
    assert expected in facts
