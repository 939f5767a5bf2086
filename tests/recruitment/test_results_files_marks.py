"""Every row of a results file gets exactly the right mark, in a few queries for the whole file."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from recruitment.codes import near_codes_in
from recruitment.models import Effort, Participant, Submission
from recruitment.pseudonyms import provider_digest
from recruitment.rules.marks import Mark
from recruitment.rules.results_columns import recognise
from recruitment.rules.results_file import read_results
from recruitment.services.row_matching import MatchedRow, match_rows
from tests.factories import make_effort
from tests.recruitment.results_files import Batch, make_stamps

pytestmark = pytest.mark.django_db


def match(effort: Effort, data: bytes, *, confirmed: frozenset[int] = frozenset()) -> list[MatchedRow]:
    results = read_results(data)
    columns = recognise(results.header, remembered={})
    assert columns is not None
    since = timezone.now() + timedelta(seconds=1)
    return match_rows(effort=effort, results=results, columns=columns, confirmed=confirmed, since=since)


def wrong_marks(batch: Batch, rows: list[MatchedRow]) -> list[str]:
    assert len(rows) == len(batch.lines)
    pairs = zip(batch.lines, rows, strict=True)
    return [
        f"line {row.facts.line} '{line.answer}': {row.marked.mark}, not {line.mark}"
        for line, row in pairs
        if row.marked.mark != line.mark
    ]


def test_five_thousand_rows_with_every_fault_are_marked_right() -> None:
    batch = Batch(make_effort(), seed=5).fill(rows=5_000)
    rows = match(batch.effort, batch.as_csv(encoding="utf-8-sig", quotes_all=True))
    assert wrong_marks(batch, rows) == []
    counts = Counter(row.marked.mark for row in rows)
    assert set(counts) == set(Mark) - {Mark.REPEATED, Mark.TOO_FEW}
    assert min(counts.values()) >= 100


@pytest.mark.parametrize(("encoding", "separator"), [("utf-16", "\t"), ("cp1252", ";"), ("utf-8", ",")])
def test_marks_are_the_same_however_the_file_was_saved(encoding: str, separator: str) -> None:
    batch = Batch(make_effort(), seed=6).fill(rows=300)
    assert wrong_marks(batch, match(batch.effort, batch.as_csv(encoding=encoding, separator=separator))) == []


def csv_of(*answers: str, workers: str = "") -> bytes:
    """One row for each answer; `workers` names who sent each, by a letter."""
    names = workers or "abcdefgh"[: len(answers)]
    rows = [
        f'W{name},A{number},"{answer}"'
        for number, (name, answer) in enumerate(zip(names, answers, strict=True))
    ]
    return "\n".join(["WorkerId,AssignmentId,Answer.surveycode", *rows]).encode()


def marks(effort: Effort, data: bytes, **options: frozenset[int]) -> list[Mark]:
    return [row.marked.mark for row in match(effort, data, **options)]


def test_several_stamps_in_one_answer_are_counted_against_what_is_wanted() -> None:
    effort = make_effort()
    effort.units_wanted = 2
    one, two, three = make_stamps(effort, 3)
    rows = match(effort, csv_of(f"{one} and {two}", three, f"{three[:-2]}", ""))
    assert [row.marked.mark for row in rows] == [Mark.OK, Mark.SHARED, Mark.SHARED, Mark.EMPTY]
    assert [len(row.marked.claims) for row in rows] == [2, 0, 0, 0]
    assert marks(effort, csv_of(three)) == [Mark.TOO_FEW]


def test_a_used_stamp_beside_enough_good_ones_is_only_mentioned() -> None:
    effort = make_effort()
    used, fresh = make_stamps(effort, 2)
    rows = match(effort, csv_of(used, f"{used}, {fresh}", workers="aa"))
    assert rows[1].marked.mark == Mark.WORKER_TWICE
    assert rows[1].marked.also == (Mark.REUSED,)
    assert [stamp.code for stamp in rows[1].marked.claims] == [fresh]


def test_an_admin_awards_a_mistyped_stamp_and_one_of_the_shared() -> None:
    effort = make_effort()
    meant, shared = make_stamps(effort, 2)
    data = csv_of(meant[:-3] + meant[-2:], shared, shared)
    assert marks(effort, data) == [Mark.MISTYPED, Mark.SHARED, Mark.SHARED]
    rows = match(effort, data, confirmed=frozenset({2, 4}))
    assert [row.marked.mark for row in rows] == [Mark.OK, Mark.REUSED, Mark.OK]
    assert [stamp.code for row in rows for stamp in row.marked.claims] == [meant, shared]


def test_a_mistyped_stamp_without_any_digit_is_still_found() -> None:
    near = near_codes_in(" sydz-jmnk-tjak-atrq-y ")
    assert list(near) == ["sydz-jmnk-tjak-atrq-y"]


def test_slips_are_sought_where_people_put_codes_not_in_long_prose() -> None:
    effort = make_effort()
    near = make_stamps(effort, 1)[0][1:]
    assert marks(effort, csv_of(f"My code: {near}")) == [Mark.MISTYPED]
    assert marks(effort, csv_of(f"{'It went well. ' * 20} My code: {near}")) == [Mark.UNKNOWN]


def test_the_same_row_twice_is_one_submission() -> None:
    effort = make_effort()
    data = csv_of(*make_stamps(effort, 1))
    assert marks(effort, data + b"\n" + data.splitlines()[1]) == [Mark.OK, Mark.REPEATED]


def test_the_work_of_somebody_the_platform_sent_counts_without_a_code() -> None:
    effort = make_effort()
    make_stamps(effort, 1)
    digest = provider_digest(effort=effort, text="Wa", kind="worker")
    Participant.objects.filter(effort=effort).update(provider_pseudonym=digest)
    assert marks(effort, csv_of("")) == [Mark.OK]


def test_a_stamp_that_somebody_else_earned_through_their_own_link_is_shared() -> None:
    effort = make_effort()
    (code,) = make_stamps(effort, 1)
    Participant.objects.filter(effort=effort).update(provider_pseudonym="f" * 64)
    assert marks(effort, csv_of(code)) == [Mark.SHARED]


def test_somebody_who_submitted_before_this_file_is_named() -> None:
    effort = make_effort()
    digest = provider_digest(effort=effort, text="Wa", kind="worker")
    before = Submission.objects.create(effort=effort, worker_digest=digest, reference_digest="f" * 64)
    data = csv_of(*make_stamps(effort, 1))
    assert marks(effort, data) == [Mark.OK]  # followed the link, no more
    before.state = Submission.State.APPROVED
    before.save(update_fields=["state"])
    assert marks(effort, data) == [Mark.WORKER_TWICE]


def test_the_number_of_queries_does_not_grow_with_the_rows(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    effort = make_effort()
    batch = Batch(effort, seed=4).fill(rows=400)
    with django_assert_max_num_queries(12):
        match(effort, batch.as_csv())


@pytest.mark.parametrize("answer", ["ABCD-EFGH-JKMN-PQRS-T", "my code is ABCD-EFGH-JKMN-PQRS-T, thanks"])
def test_a_text_of_the_shape_of_a_stamp_with_a_wrong_check_is_said_to_be_that(answer: str) -> None:
    effort = make_effort()
    row, empty_words = match(effort, csv_of(answer, "when that game went a"))
    assert (row.marked.mark, row.facts.wrong_checks) == (Mark.UNKNOWN, 1)
    assert row.marked.reasons == ("It looks like a stamp, but its check symbol is wrong.",)
    assert empty_words.marked.reasons == ("The answer holds no stamp.",)
