"""Stamps are found again after a crash, on another device and by an admin; anomalies are settled on their page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, Response, expect
from pytest_django.live_server_helper import LiveServer

from collection.models import Campaign, Recording
from recruitment.codes import generate_code
from recruitment.models import Decision, Submission, WorkStamp
from recruitment.services.anomalies import note_anomaly
from recruitment.services.stamps import claim_stamp, move_stamps, show_stamp
from tests.browser import flows
from tests.browser.conftest import Photograph, Visit, Visitor
from tests.browser.killed_browser import ProfiledBrowser
from tests.recruitment.works import make_stamp, make_submission

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_browser_killed_right_after_the_last_upload_shows_the_same_stamp_on_return(
    playwright: Playwright,
    live_server: LiveServer,
    campaign: Campaign,
    mixture_microphone: Path,
    tmp_path: Path,
) -> None:
    browser = ProfiledBrowser(playwright, tmp_path / "profile", microphone=mixture_microphone)
    page = browser.start().new_page()
    page.goto(f"{live_server.url}/c/demo/")
    flows.answer_questionnaire(page)
    flows.switch_microphone_on(page)
    flows.record_take(page)
    flows.listen_to_take(page)
    with page.expect_response("**/complete") as answered:
        page.get_by_role("button", name="Submit").click()
    answer: Response = answered.value
    assert answer.ok
    browser.kill()
    code = show_stamp(stamp=WorkStamp.objects.get())
    returned = browser.start()
    page = returned.new_page()
    page.goto(f"{live_server.url}/c/demo/record")
    assert flows.shown_stamp(page) == code
    page.goto(f"{live_server.url}/stamps/")
    expect(page.get_by_text(code)).to_be_visible()
    assert Recording.objects.count() == 1
    returned.close()


def decided_stamp(message: str) -> tuple[WorkStamp, str, Submission]:
    stamp, code = make_stamp(title="Mixture 1 of session abcde")
    submission = make_submission(effort=stamp.work_unit.participant.effort)
    claim_stamp(effort=submission.effort, code=code, submission=submission, idempotency_key="key")
    Decision.objects.create(
        submission=submission, verdict="reject", reason_code="noise", message=message, rule="by hand"
    )
    move_stamps(submission=submission, state="rejected")
    return stamp, code, submission


def test_contributors_find_their_stamps_from_the_receipt_and_copy_them(
    contributor: Visitor, campaign: Campaign, photograph: Photograph
) -> None:
    page = contributor.open("/c/demo/")
    code = flows.contribute_one(page)
    page.get_by_role("link", name="Your stamps").click()
    expect(page.get_by_role("heading", name="Your work stamps")).to_be_visible()
    expect(page.get_by_text(code)).to_be_visible()
    contributor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the stamp of Mixture 1").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code
    photograph(page, "stamps-own")


def test_a_rejection_can_be_read_on_another_device_with_the_code_alone(
    visit: Visit, campaign: Campaign, photograph: Photograph
) -> None:
    _, code, _ = decided_stamp("Mixture 1 of session abcde: background noise covers the voices.")
    visitor = visit()
    visitor.complaints.expect("422")
    page = visitor.open("/stamps/")
    expect(page.get_by_text("No stamp was earned in this browser")).to_be_visible()
    page.get_by_label("Work stamp").fill(generate_code())
    page.get_by_role("button", name="Show how far it is").click()
    expect(page.get_by_text("No stamp of ours has this code")).to_be_visible()
    page.get_by_label("Work stamp").fill(code.lower())
    page.get_by_role("button", name="Show how far it is").click()
    expect(page.get_by_text("background noise covers the voices")).to_be_visible()
    photograph(page, "stamps-looked-up")


def test_an_admin_finds_a_mistyped_stamp_in_a_mail(
    staff: Callable[[str], Visitor], campaign: Campaign, photograph: Photograph
) -> None:
    stamp, code, _ = decided_stamp("Too quiet.")
    for number in range(3):
        make_stamp(participant=stamp.work_unit.participant, title=f"Mixture {number + 2} of session abcde")
    page = staff("admin").open(f"/recruitment/{stamp.work_unit.participant.effort_id}/stamps")
    page.get_by_label("Find a stamp").fill(f"Hello, my stamp is {code[:-1]} and I was not paid. Thanks!")
    page.get_by_role("button", name="Search all efforts").click()
    found = page.get_by_role("status")
    expect(found.get_by_text(code)).to_be_visible()
    expect(found.get_by_text("one slip")).to_be_visible()
    page.get_by_role("link", name="Rejected").click()
    expect(page.get_by_text("Mixture 1 of session abcde")).to_be_visible()
    expect(page.get_by_text("Mixture 2 of session abcde")).to_be_hidden()
    page.get_by_role("link", name="All", exact=True).click()
    photograph(page, "stamps-effort")


def test_an_admin_settles_an_anomaly_with_a_note_and_reopens_it(
    staff: Callable[[str], Visitor], campaign: Campaign, photograph: Photograph
) -> None:
    burst = {"participations": 9, "minutes": 6, "device": "Chromium on Linux, unknown microphone, 48000 Hz"}
    note_anomaly(effort=campaign.effort, kind="device_burst", subject="participant:1", details=burst)
    note_anomaly(effort=campaign.effort, kind="stamp_late", subject="recording:1", details={"hours": 72})
    page = staff("admin").open(f"/recruitment/{campaign.effort_id}/anomalies")
    expect(page.get_by_text("9 participations within 6 minutes")).to_be_visible()
    photograph(page, "anomalies")
    page.get_by_role("link", name="Late stamp").click()
    page.get_by_label("Note").fill("They wrote that they were on holiday.")
    page.get_by_role("button", name="Settle").click()
    page.get_by_role("link", name="Show what is settled").click()
    expect(page.get_by_text("They wrote that they were on holiday.")).to_be_visible()
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("Reopened: it waits again.")).to_be_visible()
