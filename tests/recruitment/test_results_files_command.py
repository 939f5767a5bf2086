"""manage.py import_results does what the pages do, for people with many files."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Role
from recruitment.services.decisions import decide
from tests.factories import make_user
from tests.recruitment.results_files import Batch, make_csv_effort, make_stamps

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> str:
    out = StringIO()
    call_command(
        "import_results", *map(str, arguments), "--by", make_user(role=Role.ADMIN).username, stdout=out
    )
    return out.getvalue()


def test_a_file_is_checked_then_applied_then_exported(tmp_path: Path) -> None:
    effort, path, out = make_csv_effort(), tmp_path / "batch.csv", tmp_path / "decided.csv"
    batch = Batch(effort)
    batch.lines = [*batch.ok(), *batch.empty()]
    path.write_bytes(batch.as_csv())
    checked = run(effort.pk, path)
    assert "1 Good\n" in checked and "1 Empty  line " in checked
    assert not effort.submissions.exists()
    with pytest.raises(CommandError, match="which pays the reward itself"):
        run(effort.pk, path, "--apply")
    applied = run(effort.pk, path, "--apply", "--platform-pays-nothing")
    assert "Applied: 2 submissions, 1 stamps used" in applied
    for submission in effort.submissions.all():
        decide(submission=submission, verdict="approve", actor=None)
    printed = run(effort.pk, path, "--export", out)
    assert out.read_bytes().count(b",X,") == 2
    assert not [line.worker for line in batch.lines if line.worker in checked + printed]


def test_columns_of_another_platform_are_named(tmp_path: Path) -> None:
    effort, path = make_csv_effort(), tmp_path / "other.tsv"
    path.write_text(f"who\tsaid\nP1\t{make_stamps(effort, 1)[0]}\n")
    with pytest.raises(CommandError, match="not known yet which column"):
        run(effort.pk, path)
    named = ["--column", "person=who", "--column", "submission=who", "--column", "code=said"]
    assert "1 Good" in run(effort.pk, path, *named)


def test_wrong_arguments_are_answered_with_the_remedy(tmp_path: Path) -> None:
    effort, path = make_csv_effort(), tmp_path / "empty.csv"
    path.write_bytes(b"")
    with pytest.raises(CommandError, match="The file is empty"):
        run(effort.pk, path)
    with pytest.raises(CommandError, match=r"There is no effort 0; the efforts are: .*Effort"):
        run(0, path)
    with pytest.raises(CommandError, match="No such file"):
        run(effort.pk, tmp_path / "none.csv")
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(CommandError, match="write MEANING=NAME"):
        run(effort.pk, path, "--column", "worker=a")
