"""States, times and columns of platforms are understood where they leave no doubt."""

import pytest

from core.errors import ShownToUser
from recruitment.models import Submission
from recruitment.rules.platform_cells import state_of, time_of, whole_number
from recruitment.rules.results_columns import choose, recognise

State = Submission.State


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", State.SUBMITTED),
        ("Submitted", State.SUBMITTED),
        ("AWAITING REVIEW", State.SUBMITTED),
        ("TIMED-OUT", State.RETURNED),
        ("screened_out", State.RETURNED),
        ("Approved", State.APPROVED),
        ("rejected", State.REJECTED),
        ("sleeping", None),
    ],
)
def test_states_are_understood_in_any_spelling(text: str, state: State | None) -> None:
    assert state_of(text) == state


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Thu Nov 12 10:11:12 PST 2026", "2026-11-12T18:11:12+00:00"),
        ("Sat Jul 04 01:02:03 PDT 2026", "2026-07-04T08:02:03+00:00"),
        ("2026-11-12T10:11:12Z", "2026-11-12T10:11:12+00:00"),
        ("2026-11-12 10:11:12+02:00", "2026-11-12T08:11:12+00:00"),
        ("2026-11-12 10:11", "2026-11-12T10:11:00+00:00"),
        ("12.11.2026 10:11", "2026-11-12T10:11:00+00:00"),
        ("Thu Nov 12 10:11:12 XYZ 2026", None),
        ("Thu Nov 32 10:11:12 PST 2026", None),
        ("01/02/2026 10:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_read_where_they_leave_no_doubt(text: str, instant: str | None) -> None:
    found = time_of(text)
    assert (found.isoformat() if found else None) == instant


def test_only_whole_numbers_are_numbers() -> None:
    assert [whole_number(text) for text in ("61", "", "-1", "1e3", "²", "9" * 20)] == [61, *[None] * 5]


def test_the_answer_of_mechanical_turk_is_found_or_asked_for() -> None:
    ids = ["HITId", "AssignmentId", "WorkerId"]
    known = recognise([*ids, "Answer.age", "Answer.surveycode"], remembered={})
    assert known is not None and (known.person, known.submission, known.code, known.group) == (2, 1, 4, 0)
    alone = recognise([*ids, "Answer.stamp"], remembered={})
    assert alone is not None and alone.code == 3
    assert recognise([*ids, "Answer.a", "Answer.b"], remembered={}) is None
    chosen = recognise([*ids, "Answer.a", "Answer.b"], remembered={"code": "Answer.b"})
    assert chosen is not None and chosen.code == 4


def test_a_column_that_matters_may_not_stand_there_twice() -> None:
    with pytest.raises(ShownToUser) as refusal:
        recognise(["AssignmentId", "WorkerId", "workerid", "Answer.surveycode"], remembered={})
    assert refusal.value.code == "column_repeated"
    assert recognise(["AssignmentId", "WorkerId", "Title", "Title", "Answer.x"], remembered={}) is not None


def test_chosen_columns_must_be_there() -> None:
    names = {"person": "who", "submission": "who", "code": "said"}
    assert choose(["who", "said"], names=names).submission == 0
    with pytest.raises(ShownToUser, match="no column 'said' for the code. It has: who, told"):
        choose(["who", "told", "Approve"], names=names)
    with pytest.raises(ShownToUser, match="No column is chosen for the person"):
        choose(["who", "said"], names={"code": "said"})
