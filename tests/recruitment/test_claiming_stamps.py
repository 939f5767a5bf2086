"""A stamp is used once, in its own effort, by whom it belongs to; whatever is wrong, the answer is one sentence."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from core.errors import ShownToUser
from recruitment.codes import generate_code
from recruitment.models import Anomaly, Submission, WorkStamp
from recruitment.services.stamps import claim_own_stamps, claim_stamp
from tests.factories import make_effort, make_participant
from tests.recruitment.works import make_stamp, make_submission

pytestmark = pytest.mark.django_db


def claim(code: str, submission: Submission, key: str = "key") -> WorkStamp:
    return claim_stamp(effort=submission.effort, code=code, submission=submission, idempotency_key=key)


def test_a_stamp_is_claimed_by_a_submission_however_it_was_typed() -> None:
    stamp, code = make_stamp()
    submission = make_submission(effort=stamp.work_unit.participant.effort)
    claimed = claim(f" {code.lower()} ", submission)
    assert (claimed.state, claimed.claimed_by, claimed.claim_key) == ("claimed", submission, "key")
    assert claimed.claimed_at is not None


def test_the_same_key_replays_the_success_and_another_key_does_not() -> None:
    stamp, code = make_stamp()
    submission = make_submission(effort=stamp.work_unit.participant.effort)
    first = claim(code, submission)
    assert claim(code, submission).claimed_at == first.claimed_at
    with pytest.raises(ShownToUser):
        claim(code, submission, key="another")
    with pytest.raises(ShownToUser):
        claim(code, make_submission(effort=submission.effort))


def test_unknown_used_and_foreign_stamps_get_the_same_answer() -> None:
    stamp, used = make_stamp()
    effort = stamp.work_unit.participant.effort
    claim(used, make_submission(effort=effort))
    _, of_other_effort = make_stamp()
    _, of_other_person = make_stamp(participant=make_participant(effort=effort))
    bound = make_submission(effort=effort, participant=make_participant(effort=effort))
    answers = set()
    for code in (generate_code(), used, of_other_effort, of_other_person, "no code"):
        with pytest.raises(ShownToUser) as refusal:
            claim(code, bound)
        answers.add((refusal.value.message, refusal.value.code, refusal.value.status))
    assert len(answers) == 1
    assert WorkStamp.objects.filter(state="claimed").count() == 1


def test_a_submission_of_another_effort_claims_nothing() -> None:
    stamp, code = make_stamp()
    with pytest.raises(ShownToUser):
        claim_stamp(
            effort=stamp.work_unit.participant.effort,
            code=code,
            submission=make_submission(effort=make_effort()),
            idempotency_key="key",
        )
    assert WorkStamp.objects.get().claimed_by is None


@pytest.mark.parametrize(
    ("second_worker", "kind"), [("anna", "stamp_reused"), ("berta", "stamp_shared"), ("", "stamp_shared")]
)
def test_a_second_use_is_noted_as_what_it_is(second_worker: str, kind: str) -> None:
    stamp, code = make_stamp()
    effort = stamp.work_unit.participant.effort
    first = make_submission(effort=effort, worker="anna")
    claim(code, first)
    second = make_submission(effort=effort, worker=second_worker)
    with pytest.raises(ShownToUser):
        claim(code, second)
    noted = Anomaly.objects.get()
    assert (noted.kind, noted.submission) == (kind, second)
    assert noted.details == {"unit": stamp.work_unit.subject, "claimed_by": f"submission:{first.public_id}"}


def test_a_stamp_whose_earner_is_known_is_refused_to_somebody_else_and_noted() -> None:
    stamp, code = make_stamp()
    owner = stamp.work_unit.participant
    owner.provider_pseudonym = "anna".ljust(64, "0")
    owner.save()
    with pytest.raises(ShownToUser):
        claim(code, make_submission(effort=owner.effort, worker="berta"))
    assert Anomaly.objects.get().kind == "stamp_shared"
    assert claim(code, make_submission(effort=owner.effort, worker="anna")).state == "claimed"


def test_a_code_nobody_minted_is_noted_and_a_slip_of_the_pen_is_not() -> None:
    submission = make_submission()
    for code in (generate_code(), "hello"):
        with pytest.raises(ShownToUser):
            claim(code, submission)
    assert [(noted.kind, noted.details) for noted in Anomaly.objects.all()] == [
        ("stamp_unknown", {"other_effort": False})
    ]


def test_a_known_participant_need_not_copy_anything() -> None:
    participant = make_participant()
    make_stamp(participant=participant), make_stamp(participant=participant), make_stamp()
    submission = make_submission(effort=participant.effort, participant=participant)
    assert claim_own_stamps(submission=submission) == claim_own_stamps(submission=submission) == 2
    assert {stamp.claim_key for stamp in submission.stamps.all()} == {f"submission:{submission.public_id}"}
    assert claim_own_stamps(submission=make_submission(effort=participant.effort)) == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_at_the_same_moment_one_wins() -> None:
    stamp, code = make_stamp()
    rivals = [make_submission(effort=stamp.work_unit.participant.effort) for _ in range(12)]
    together, winners = threading.Barrier(len(rivals)), []

    def compete(submission: Submission) -> None:
        together.wait()
        try:
            claim(code, submission)
            winners.append(submission)
        except ShownToUser:
            pass
        finally:
            connection.close()

    run_all([partial(compete, rival) for rival in rivals])
    assert len(winners) == 1
    assert WorkStamp.objects.get().claimed_by == winners[0]
    won_by = {f"submission:{winners[0].public_id}"}
    assert {noted.details["claimed_by"] for noted in Anomaly.objects.all()} == won_by


@pytest.mark.django_db(transaction=True)
def test_the_same_key_sent_many_times_at_once_always_succeeds() -> None:
    stamp, code = make_stamp()
    submission = make_submission(effort=stamp.work_unit.participant.effort)
    together, successes = threading.Barrier(12), []

    def repeat() -> None:
        together.wait()
        try:
            successes.append(claim(code, submission))
        finally:
            connection.close()

    run_all([repeat] * 12)
    assert len(successes) == 12


def run_all(functions: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
