"""Several admins with the same results file at the same moment: everything happens once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from accounts.models import Role, User
from recruitment.models import Anomaly, ProviderFile, ProviderIdentity, WorkStamp
from recruitment.rules.marks import Mark
from recruitment.services.provider_files import read_file
from recruitment.services.row_submissions import apply_file
from tests.factories import make_user
from tests.recruitment.results_files import Batch, make_csv_effort, make_stamps

pytestmark = pytest.mark.django_db(transaction=True)
ADMINS = 4


@pytest.fixture
def admins() -> list[User]:
    return [make_user(role=Role.ADMIN) for _ in range(ADMINS)]


def at_once(act: Callable[[int], Any]) -> list[Any]:
    def run(number: int) -> Any:
        try:
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(ADMINS) as pool:
        return list(pool.map(run, range(ADMINS)))


def test_the_same_bytes_are_kept_once(admins: list[User]) -> None:
    effort = make_csv_effort()
    data = Batch(effort).fill(rows=20).as_csv()
    kept = at_once(lambda n: read_file(effort=effort, file_name="b.csv", data=data, actor=admins[n]))
    assert sorted(is_new for _, is_new in kept) == [False, False, False, True]
    assert {file.pk for file, _ in kept} == {ProviderFile.objects.get().pk}


def test_a_file_is_applied_once(admins: list[User]) -> None:
    effort = make_csv_effort()
    data = Batch(effort, seed=14).fill(rows=60).as_csv()
    kept, _ = read_file(effort=effort, file_name="b.csv", data=data, actor=admins[0])
    done = at_once(lambda n: apply_file(provider_file=ProviderFile.objects.get(pk=kept.pk), actor=admins[n]))
    brought = effort.submissions.filter(details__file=str(kept.public_id))
    assert {result.submissions for result in done} == {brought.count()} == {ProviderIdentity.objects.count()}
    assert {result.stamps for result in done} == {WorkStamp.objects.filter(claimed_by__in=brought).count()}
    subjects = list(Anomaly.objects.values_list("kind", "subject"))
    assert len(subjects) == len(set(subjects))


def test_files_with_the_same_rows_in_another_order_do_not_block_each_other(admins: list[User]) -> None:
    effort = make_csv_effort()
    batch = Batch(effort, seed=15)
    batch.lines = [batch.line(code, Mark.OK) for code in make_stamps(effort, 40)]
    files = []
    for number in range(ADMINS):
        batch.random.shuffle(batch.lines)
        data = batch.as_csv()
        files.append(read_file(effort=effort, file_name=f"{number}.csv", data=data, actor=admins[0])[0])
    done = at_once(lambda n: apply_file(provider_file=files[n], actor=admins[n]))
    assert [(result.submissions, result.stamps) for result in done] == [(40, 40)] * ADMINS
    assert effort.submissions.count() == 40
