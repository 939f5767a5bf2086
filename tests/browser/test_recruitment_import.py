"""An admin brings a faulty results file, looks at its rows, applies it and downloads it with the decisions."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from recruitment.models import Effort, Submission, WorkStamp
from recruitment.services.decisions import decide
from tests.browser.conftest import Photograph, Visitor
from tests.factories import make_campaign
from tests.recruitment.results_files import HEADER, Batch, make_stamps

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def effort(transactional_db: None) -> Effort:
    effort = make_campaign(slug="read-together", title="Read together").effort
    effort.name, effort.channel = "Read together", "csv"
    effort.save(update_fields=["name", "channel"])
    return effort


def bring(page: Page, path: Path) -> None:
    page.get_by_label("Results file", exact=True).set_input_files(path)
    page.get_by_role("button", name="Check the file").click()


def assert_accessible(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    grave = [(found["id"], found["nodes"][0]["html"]) for found in violations]
    assert not grave, grave


def decide_all(effort: Effort) -> None:
    for number, submission in enumerate(effort.submissions.filter(state=Submission.State.SUBMITTED)):
        if number % 2:
            decide(submission=submission, verdict="approve", actor=None)
        else:
            decide(submission=submission, verdict="reject", reason_code="no_code", actor=None)


def test_a_faulty_batch_is_looked_at_applied_and_given_back(
    effort: Effort, staff: Callable[[str], Visitor], tmp_path: Path, photograph: Photograph
) -> None:
    batch = Batch(effort, seed=21).fill(rows=90)
    path = tmp_path / "Batch_4711_results.csv"
    path.write_bytes(batch.as_csv(encoding="utf-8-sig"))
    page = staff("admin").open(f"/recruitment/{effort.pk}/import")
    assert_accessible(page)
    photograph(page, "import-empty")
    bring(page, path)
    expect(page.get_by_role("heading", name="Batch_4711_results.csv")).to_be_visible()
    assert_accessible(page)
    photograph(page, "import-rows")
    page.get_by_role("navigation", name="Rows by mark").get_by_role("link", name="Shared stamp").click()
    page.get_by_role("button", name="Give it to this person").first.click()
    expect(page.get_by_text("is noted. Nothing is used before the file is applied.")).to_be_visible()
    assert not WorkStamp.objects.filter(claimed_by__details__file__isnull=False).exists()
    page.get_by_role("link", name="All").click()
    page.get_by_label("The platform does not pay this reward").check()
    page.get_by_role("button", name="Apply this file").click()
    expect(page.get_by_text("Applied: ")).to_be_visible()
    decide_all(effort)
    page.reload()
    assert_accessible(page)
    photograph(page, "import-applied")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export with decisions").click()
    assert download.value.suggested_filename == "Batch_4711_results-decided.csv"
    assert_only_decisions_differ(path.read_bytes(), Path(download.value.path()).read_bytes())
    page.goto(page.url.rpartition("/")[0])
    expect(page.get_by_role("cell", name="Applied")).to_be_visible()
    photograph(page, "import-files")


def assert_only_decisions_differ(before: bytes, after: bytes) -> None:
    old, new = (
        list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) for data in (before, after)
    )
    width = HEADER.index("Approve")
    assert [row[:width] for row in new] == [row[:width] for row in old]
    filled = [row[width:] for row in new[1:] if any(row[width:])]
    assert filled.count(["X", ""]) > 20
    assert len([reason for approve, reason in filled if reason and not approve]) > 20


def test_columns_of_another_platform_are_chosen_beside_its_first_rows(
    effort: Effort, staff: Callable[[str], Visitor], tmp_path: Path, photograph: Photograph
) -> None:
    codes = make_stamps(effort, 3)
    lines = [
        "participant;session;what did you paste?",
        *(f"P{number};S{number};{code}" for number, code in enumerate(codes)),
    ]
    path = tmp_path / "other-platform.csv"
    path.write_text("\n".join(lines), encoding="cp1252")
    page = staff("admin").open(f"/recruitment/{effort.pk}/import")
    bring(page, path)
    expect(
        page.get_by_role("heading", name="What do the columns of other-platform.csv mean?")
    ).to_be_visible()
    assert_accessible(page)
    photograph(page, "import-columns")
    page.get_by_label("Person").select_option("participant")
    page.get_by_label("Submission").select_option("session")
    page.get_by_label("Stamps").select_option("what did you paste?")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("link", name="Good 3")).to_be_visible()


def test_a_file_that_cannot_be_read_says_which_line(
    effort: Effort, staff: Callable[[str], Visitor], tmp_path: Path, photograph: Photograph
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b'WorkerId,AssignmentId,Answer.surveycode\nW1,A1,"never closed\n')
    admin = staff("admin")
    admin.complaints.expect("422")
    page = admin.open(f"/recruitment/{effort.pk}/import")
    bring(page, path)
    expect(page.get_by_text("opens in line 2 is never closed")).to_be_visible()
    photograph(page, "import-refused")
