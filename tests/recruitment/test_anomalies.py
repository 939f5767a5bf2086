"""Anomalies are noticed once, settled with a note, reopened, and change nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from core.errors import ShownToUser
from recruitment.models import Anomaly, Participant, Submission, WorkStamp
from recruitment.rules.anomaly_kinds import BURST_PARTICIPATIONS, KINDS, is_too_fast, least_reading_s
from recruitment.services.anomalies import note_anomaly, reopen_anomaly, settle_anomaly
from recruitment.services.anomaly_search import look_everywhere, look_for_anomalies
from recruitment.services.stamps import claim_stamp
from tests.factories import make_effort, make_participant, make_user
from tests.recruitment.works import make_stamp, make_submission, make_unit

pytestmark = pytest.mark.django_db


def noticed() -> list[tuple[str, str]]:
    return list(Anomaly.objects.order_by("pk").values_list("kind", "subject"))


def claimed_stamp(*, participant: Participant, worker: str) -> tuple[WorkStamp, Submission]:
    stamp, code = make_stamp(participant=participant)
    submission = make_submission(effort=participant.effort, worker=worker)
    claim_stamp(effort=participant.effort, code=code, submission=submission, idempotency_key="key")
    return stamp, submission


def test_noticed_again_it_is_one_row_with_the_newest_figures() -> None:
    effort = make_effort()
    for hours in (50, 60):
        note_anomaly(effort=effort, kind="stamp_late", subject="recording:1", details={"hours": hours})
    assert [row.details for row in Anomaly.objects.all()] == [{"hours": 60}]


def test_what_is_settled_stays_as_it_was_settled() -> None:
    effort, admin = make_effort(), make_user(role="admin")
    anomaly = note_anomaly(effort=effort, kind="stamp_late", subject="recording:1", details={"hours": 50})
    settle_anomaly(anomaly=anomaly, actor=admin, note="  back from   a holiday ")
    note_anomaly(effort=effort, kind="stamp_late", subject="recording:1", details={"hours": 60})
    anomaly.refresh_from_db()
    assert (anomaly.note, anomaly.settled_by, anomaly.details) == (
        "back from a holiday",
        admin,
        {"hours": 50},
    )
    assert AuditEntry.objects.get(action="anomaly.settle").details == {"note": "back from a holiday"}


def test_settled_by_two_the_first_note_stands_and_it_can_be_reopened() -> None:
    anomaly = note_anomaly(effort=make_effort(), kind="stamp_late", subject="recording:1")
    first, second = make_user(role="admin"), make_user(role="admin")
    settle_anomaly(anomaly=anomaly, actor=first, note="fine")
    with pytest.raises(ShownToUser, match="has settled this already"):
        settle_anomaly(anomaly=anomaly, actor=second, note="not fine")
    reopened = reopen_anomaly(anomaly=anomaly, actor=second)
    assert (reopened.settled_at, reopened.note) == (None, "")
    assert AuditEntry.objects.filter(action="anomaly.reopen").count() == 1


def test_a_note_that_is_too_long_is_refused_and_not_cut() -> None:
    anomaly = note_anomaly(effort=make_effort(), kind="stamp_late", subject="recording:1")
    with pytest.raises(ShownToUser, match="has 301 characters"):
        settle_anomaly(anomaly=anomaly, actor=make_user(role="admin"), note="x" * 301)
    anomaly.refresh_from_db()
    assert anomaly.settled_at is None


def test_a_stamp_used_days_later_is_late_and_one_of_the_same_day_is_not() -> None:
    participant = make_participant()
    late, _ = claimed_stamp(participant=participant, worker="anna")
    claimed_stamp(participant=participant, worker="anna")
    WorkStamp.objects.filter(pk=late.pk).update(minted_at=timezone.now() - timedelta(hours=72))
    look_for_anomalies(effort=participant.effort)
    assert noticed() == [("stamp_late", late.work_unit.subject)]
    assert Anomaly.objects.get().details == {"hours": 72}


def test_stamps_of_one_participation_used_by_two_people_are_shared() -> None:
    participant, honest = make_participant(), make_participant()
    submissions = [claimed_stamp(participant=participant, worker=worker)[1] for worker in ("anna", "berta")]
    claimed_stamp(participant=honest, worker="anna"), claimed_stamp(participant=honest, worker="anna")
    look_for_anomalies(effort=participant.effort)
    look_for_anomalies(effort=honest.effort)
    (found,) = Anomaly.objects.all()
    assert (found.kind, found.participant) == ("stamp_shared", participant)
    assert found.details["submissions"] == [str(submission.public_id) for submission in submissions]


@pytest.mark.parametrize(
    ("evidence", "too_fast"),
    [
        ({"took_s": 3.0, "duration_s": 4.0}, True),
        ({"took_s": 3.0, "duration_s": 2.0, "reading_s": 3.5}, True),
        ({"took_s": 30.0, "duration_s": 4.0, "reading_s": 3.5}, False),
        ({"duration_s": 4.0}, False),
        ({"took_s": "soon"}, False),
    ],
)
def test_work_is_too_fast_where_nobody_could_have_done_it(
    evidence: dict[str, object], too_fast: bool
) -> None:
    assert is_too_fast(evidence) == too_fast


def test_the_longer_sentence_decides_how_long_reading_takes() -> None:
    assert least_reading_s("one two three four five", "one") == 1.0
    assert least_reading_s() == 0


def test_evidence_of_speed_and_voices_is_noted_for_its_unit_and_again_changes_nothing() -> None:
    voices = {"same_voice_as": ["recording:9"], "single_voice_probability": 0.97}
    unit = make_unit(took_s=1.0, duration_s=4.0, voices=voices)
    make_unit(participant=unit.participant, voices={"same_voice_as": [], "single_voice_probability": 0.2})
    effort = unit.participant.effort
    assert look_for_anomalies(effort=effort) == look_for_anomalies(effort=effort) == 3
    assert noticed() == [(kind, unit.subject) for kind in ("unit_too_fast", "same_voice", "one_person")]


@pytest.mark.parametrize("voices", [None, "loud", {"same_voice_as": "x"}, {"single_voice_probability": None}])
def test_evidence_in_another_form_is_no_anomaly(voices: object) -> None:
    unit = make_unit(voices=voices)
    assert look_for_anomalies(effort=unit.participant.effort) == 0


def burst(*, devices: list[str], minutes_apart: float = 1.0) -> list[Participant]:
    effort, began = make_effort(), timezone.now() - timedelta(hours=1)
    people = []
    for number, device in enumerate(devices):
        participant = make_participant(effort=effort)
        Participant.objects.filter(pk=participant.pk).update(
            entered_at=began + timedelta(minutes=number * minutes_apart)
        )
        make_unit(participant=participant, device=device)
        people.append(participant)
    return people


def test_many_alike_within_minutes_are_one_burst_that_grows() -> None:
    people = burst(devices=["Chromium on Linux"] * BURST_PARTICIPATIONS)
    make_unit(participant=people[0], device="Chromium on Linux")
    effort = people[0].effort
    assert look_for_anomalies(effort=effort) == 1
    late = make_participant(effort=effort)
    Participant.objects.filter(pk=late.pk).update(
        entered_at=Participant.objects.get(pk=people[0].pk).entered_at + timedelta(minutes=9)
    )
    make_unit(participant=late, device="Chromium on Linux")
    look_for_anomalies(effort=effort)
    found = Anomaly.objects.get()
    assert (found.kind, found.subject) == ("device_burst", f"participant:{people[0].public_id}")
    assert (found.details["participations"], found.details["minutes"]) == (BURST_PARTICIPATIONS + 1, 9)


def test_different_devices_or_a_calm_pace_are_no_burst() -> None:
    different = burst(devices=[f"Browser {number}" for number in range(BURST_PARTICIPATIONS)])
    calm = burst(devices=["Chromium on Linux"] * BURST_PARTICIPATIONS, minutes_apart=5)
    assert look_for_anomalies(effort=different[0].effort) == look_for_anomalies(effort=calm[0].effort) == 0


def test_the_timer_looks_at_every_effort_with_recent_work() -> None:
    recent, old = make_unit(took_s=1, duration_s=4), make_unit(took_s=1, duration_s=4)
    type(old).objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=30))
    assert look_everywhere() == 1
    assert noticed() == [("unit_too_fast", recent.subject)]


def test_people_who_withdrew_are_not_looked_at() -> None:
    unit = make_unit(took_s=1, duration_s=4)
    Participant.objects.update(withdrawn_at=timezone.now())
    assert look_for_anomalies(effort=unit.participant.effort) == 0


def test_every_kind_says_its_figures_whatever_it_is_given() -> None:
    for kind in KINDS.values():
        assert kind.title and kind.meaning.endswith(".")
        assert not kind.figures({}) or kind.figures({}).endswith(".")
