"""Deciding and paying on pages: nothing without a preview, nothing twice, files without ids."""

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Role
from core.runner import run_waiting
from recruitment.desk import desk_of
from recruitment.models import Decision, Payment, Submission
from recruitment.services.decisions import decide
from tests.factories import make_user
from tests.recruitment.efforts import WORKER_ID, make_paid_effort, make_submission

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channel")]


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    return client


@pytest.fixture
def approved() -> Submission:
    submission = make_submission(effort=make_paid_effort())
    decide(submission=submission, verdict="approve", actor=None)
    return submission


def test_clear_ones_are_decided_as_they_were_listed(admin_client: Client) -> None:
    effort = make_paid_effort()
    first, second = (make_submission(effort=effort) for _ in range(2))
    address = reverse("effort-decide-clear", args=[effort.pk])
    page = admin_client.get(address).content.decode()
    assert "Approving owes <strong>9.00 GBP</strong>" in page
    seen = re.findall(r'name="confirmed" value="([^"]+)"', page)
    decide(submission=first, verdict="reject", reason_code="too_quick", actor=None)
    answer = admin_client.post(address, {"confirmed": seen}, follow=True).content.decode()
    assert "1 submission decided." in answer
    assert "1 submission changed since the preview" in answer
    assert {line.submission_id: line.verdict for line in Decision.objects.all()} == {
        first.pk: "reject",
        second.pk: "approve",
    }


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"verdict": "reject"}, "Please choose a reason"),
        ({"verdict": "reject", "reason_code": "own_words"}, "Please write the reason"),
    ],
)
def test_a_rejection_without_a_reason_is_not_made(
    admin_client: Client, answers: dict[str, str], words: str
) -> None:
    submission = make_submission(effort=make_paid_effort(), takes="w")
    address = reverse("submission-decide", args=[submission.effort_id, submission.public_id])
    answer = admin_client.post(address, answers)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_rejection_by_hand_names_the_rejected_takes(admin_client: Client) -> None:
    submission = make_submission(effort=make_paid_effort(), takes="ar")
    address = reverse("submission-decide", args=[submission.effort_id, submission.public_id])
    admin_client.post(address, {"verdict": "reject", "reason_code": "takes_unusable"})
    assert (
        f"Not accepted: mixture_2_s{submission.pk} (The voices are too quiet)."
        in Decision.objects.get().message
    )


def test_many_are_decided_some_at_a_time(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recruitment.views.decisions.DECIDED_AT_ONCE", 2)
    effort = make_paid_effort()
    for _ in range(5):
        make_submission(effort=effort)
    address = reverse("effort-decide-clear", args=[effort.pk])
    page = admin_client.get(address).content.decode()
    for decided in (2, 4):
        page = admin_client.post(
            address, dict(re.findall(r'name="(\w+)" value="([^"]+)"', page))
        ).content.decode()
        assert f">{decided}</strong> decided" in page
    last = admin_client.post(address, dict(re.findall(r'name="(\w+)" value="([^"]+)"', page)), follow=True)
    assert "5 submissions decided." in last.content.decode()
    assert Decision.objects.count() == 5


def test_the_next_doubtful_one_follows(admin_client: Client) -> None:
    effort = make_paid_effort()
    first, second = (make_submission(effort=effort, takes="w") for _ in range(2))
    address = reverse("submission-decide", args=[effort.pk, first.public_id])
    answer = admin_client.post(address, {"verdict": "approve"})
    assert answer.headers["Location"] == reverse("effort-submission", args=[effort.pk, second.public_id])


def test_the_next_doubtful_one_is_found_behind_many_clear_ones(admin_client: Client) -> None:
    effort = make_paid_effort()
    first = make_submission(effort=effort, takes="w")
    for _ in range(12):
        make_submission(effort=effort)
    last = make_submission(effort=effort, takes="w")
    page = admin_client.get(reverse("effort-submission", args=[effort.pk, first.public_id]))
    desk = page.context["desk"]
    assert (desk.previous, desk.following, desk.waiting) == (None, last.public_id, 14)
    assert desk_of(last).previous == first.public_id


def test_sending_shows_its_progress_until_all_have_arrived(
    admin_client: Client, approved: Submission
) -> None:
    pages = [approved.effort_id]
    admin_client.post(reverse("decisions-send", args=pages))
    underway = admin_client.get(reverse("decisions-progress", args=pages)).content.decode()
    assert "0 of 1 decisions are with Fake platform" in underway
    assert 'hx-trigger="every 2s"' in underway
    run_waiting(worker="test")
    assert "hx-trigger" not in admin_client.get(reverse("decisions-progress", args=pages)).content.decode()


def test_a_submission_of_another_effort_is_not_found(admin_client: Client, approved: Submission) -> None:
    other = make_paid_effort()
    for name in ("effort-submission", "effort-bonus"):
        assert admin_client.get(reverse(name, args=[other.pk, approved.public_id])).status_code == 404


def test_a_bonus_is_previewed_and_a_double_click_makes_one(
    admin_client: Client, approved: Submission
) -> None:
    address = reverse("effort-bonus", args=[approved.effort_id, approved.public_id])
    form_key = re.findall(r'name="form_key" value="([^"]+)"', admin_client.get(address).content.decode())[0]
    answers = {"amount": "1.20", "reason": "For the second try.", "form_key": form_key}
    assert "1.20 GBP" in admin_client.post(address, answers).content.decode()
    assert not Payment.objects.filter(kind="bonus").exists()
    for _ in range(2):
        admin_client.post(address, answers | {"confirm": "1"})
    assert Payment.objects.get(kind="bonus").amount_minor == 120


def test_what_is_paid_by_hand_is_marked_with_a_note_and_unmarked(
    admin_client: Client, approved: Submission
) -> None:
    payment = approved.payments.get()
    pages = [approved.effort_id, payment.pk]
    page = admin_client.post(reverse("payment-paid", args=pages), {"note": "bank transfer"}, follow=True)
    assert "Note: bank transfer" in page.content.decode()
    admin_client.post(reverse("payment-unpaid", args=pages))
    payment.refresh_from_db()
    assert payment.state == "owed"


def test_the_ledger_file_names_nobody_and_the_paying_file_is_audited(
    admin_client: Client, approved: Submission
) -> None:
    pages = [approved.effort_id]
    plain = admin_client.get(reverse("ledger-file", args=pages)).content.decode()
    assert [row["amount"] for row in csv.DictReader(io.StringIO(plain))] == ["4.50"]
    assert WORKER_ID not in plain
    assert not AuditEntry.objects.filter(action="ledger.paying_file").exists()
    paying = admin_client.post(reverse("paying-file", args=pages)).content.decode()
    assert [row["worker_id"] for row in csv.DictReader(io.StringIO(paying))] == [WORKER_ID]
    entry = AuditEntry.objects.get(action="ledger.paying_file")
    assert (entry.details, WORKER_ID in str(entry.details)) == ({"payments": 1}, False)


def test_a_reason_that_a_spreadsheet_would_run_stays_text(admin_client: Client, approved: Submission) -> None:
    Payment.objects.update(reason="=HYPERLINK(1)")
    plain = admin_client.get(reverse("ledger-file", args=[approved.effort_id])).content.decode()
    assert "'=HYPERLINK(1)" in plain


@pytest.mark.parametrize("shown", ["clear", "doubtful", "decided", "nonsense"])
def test_every_list_has_an_empty_state(admin_client: Client, shown: str) -> None:
    effort = make_paid_effort()
    page = admin_client.get(reverse("effort-decisions", args=[effort.pk]), {"show": shown})
    assert 'class="empty' in page.content.decode()
    assert 'class="empty' in admin_client.get(reverse("effort-ledger", args=[effort.pk])).content.decode()
