"""An admin decides and pays in a real browser: preview, decide, send, undo, ledger, bonus; also on a phone."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from collection.models import Campaign
from recruitment.models import Anomaly, Decision, Effort, Payment, Submission
from recruitment.services.work_units import record_finished_work, write_review
from tests.browser.conftest import PHONE, Photograph, Visitor
from tests.factories import make_assignment, make_participation, make_recording
from tests.recruitment.efforts import FakeChannel, make_submission
from tests.recruitment.efforts import channel as channel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EnterAs = Callable[[str], Visitor]


@pytest.fixture
def effort(campaign: Campaign, channel: FakeChannel) -> Effort:
    Effort.objects.filter(pk=campaign.effort_id).update(
        channel=channel.name,
        reward_minor=450,
        currency="GBP",
        decision_rules={"reject_after": 2},
        name="Overlapped English",
    )
    return Effort.objects.get(pk=campaign.effort_id)


def make_doubtful(effort: Effort) -> Submission:
    """One whose take can be heard and waits for review, with an anomaly beside it."""
    participation = make_participation(campaign=effort.campaign)
    recording = make_recording(assignment=make_assignment(participation=participation))
    submission = make_submission(effort=effort, takes="")
    Submission.objects.filter(pk=submission.pk).update(participant=participation.participant)
    unit = record_finished_work(
        participant=participation.participant,
        subject=recording.work_subject,
        evidence={"title": f"Mixture 1 of session {participation.session_code}"},
    )
    write_review(
        work_unit=unit,
        state="rejected",
        review={"decision": "rejected", "reason": "The voices hardly overlap."},
    )
    Anomaly.objects.create(
        effort=effort,
        kind="one_person",
        subject=recording.work_subject,
        submission=submission,
        details={"probability": 0.93},
    )
    return submission


def no_sideways_scroll(page: Page) -> None:
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{page.url} is {wider} px too wide"


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def test_the_clear_ones_are_previewed_decided_sent_and_the_reward_is_paid(
    staff: EnterAs,
    effort: Effort,
    run_jobs: Callable[[], int],
    photograph: Photograph,
    channel: FakeChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recruitment.views.decisions.DECIDED_AT_ONCE", 1)
    for takes in ("a", "a", "rr"):
        make_submission(effort=effort, takes=takes)
    page = staff("admin").open("/workbench/")
    page.get_by_role("link", name="Recruitment").first.click()
    photograph(page, "recruitment-list")
    page.get_by_role("link", name="Overlapped English").click()
    expect(page.get_by_text("3 submissions can be decided by your rules.")).to_be_visible()
    accessible(page)
    photograph(page, "recruitment-overview")
    page.get_by_role("link", name="Look at the clear ones").click()
    photograph(page, "recruitment-clear")
    page.get_by_role("link", name="Decide all clear ones (3)").click()
    expect(page.get_by_text("Approving owes 9.00 GBP")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(4)
    accessible(page)
    photograph(page, "recruitment-confirm")
    page.get_by_role("button", name="Decide 3").click()
    expect(page.get_by_text("3 submissions decided.")).to_be_visible()
    page.get_by_role("button", name="Send 3 to Fake platform").click()
    expect(page.get_by_text("0 of 3 decisions are with Fake platform")).to_be_visible()
    photograph(page, "recruitment-sending")
    run_jobs()
    expect(page.get_by_text("0 of 3 decisions")).to_have_count(0)
    assert sorted(channel.told) == ["approve", "approve", "reject"]
    page.reload()
    photograph(page, "recruitment-decided")
    page.get_by_role("link", name="Ledger", exact=True).click()
    page.get_by_role("button", name="Send 2 payments through Fake platform").click()
    run_jobs()
    page.reload()
    expect(page.get_by_role("row", name=re.compile("Sent 2 9.00 GBP"))).to_be_visible()
    accessible(page)
    photograph(page, "recruitment-ledger")


def test_a_doubtful_one_is_decided_by_keyboard_and_undone(
    staff: EnterAs, effort: Effort, photograph: Photograph
) -> None:
    first, second = make_doubtful(effort), make_submission(effort=effort, takes="w")
    page = staff("admin").open(f"/recruitment/{effort.pk}/decisions")
    photograph(page, "recruitment-doubtful")
    page.get_by_role("link", name="Decide one at a time").click()
    page.wait_for_selector("#desk[data-keys=ready]")
    expect(page.get_by_text("One person reads both parts with probability 0.93.")).to_be_visible()
    page.get_by_text("Listen", exact=True).click()
    expect(page.locator("realm-player").first).to_be_visible()
    page.keyboard.press("r")
    page.get_by_label("One person read both parts").check()
    accessible(page)
    photograph(page, "recruitment-desk")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rejected.")).to_be_visible()
    rejection = Decision.objects.get(submission=first)
    assert rejection.reason_code == "one_person_both_parts"
    assert "(The voices hardly overlap)" in rejection.message
    page.wait_for_selector("#desk[data-keys=ready]")
    assert str(second.public_id) in page.url
    page.keyboard.press("a")
    expect(page.get_by_text("Approved.")).to_be_visible()
    assert Payment.objects.get().submission == second
    page.get_by_role("link", name=str(second.public_id)[:8]).click()
    page.wait_for_selector("#desk[data-keys=ready]")
    photograph(page, "recruitment-desk-decided")
    page.keyboard.press("u")
    expect(page.get_by_text("waits for a decision again")).to_be_visible()
    assert Payment.objects.get().state == Payment.State.CANCELLED


def test_a_bonus_is_previewed_and_the_settings_say_what_a_channel_is(
    staff: EnterAs, effort: Effort, photograph: Photograph
) -> None:
    submission = make_submission(effort=effort)
    admin = staff("admin")
    admin.complaints.expect("422")
    page = admin.open(f"/recruitment/{effort.pk}/submissions/{submission.public_id}/bonus")
    page.get_by_label("Amount").fill("1.2x")
    page.get_by_label("Reason").fill("For the second try.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("is no amount in GBP")).to_be_visible()
    page.get_by_label("Amount").fill("1.20")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Owe 1.20 GBP and say:")).to_be_visible()
    photograph(page, "recruitment-bonus")
    page.get_by_role("button", name="Owe this bonus").click()
    expect(page.get_by_text("The bonus waits in the ledger.")).to_be_visible()
    page.get_by_text("Mark as paid …").click()
    page.get_by_label("How was it paid?").fill("bank transfer")
    photograph(page, "recruitment-ledger-mark")
    page.get_by_role("button", name="Mark as paid", exact=True).click()
    expect(page.get_by_text("Note: bank transfer")).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_text("so the channel stays")).to_be_visible()
    accessible(page)
    photograph(page, "recruitment-settings")
    submission.payments.all().delete()
    submission.delete()
    page.reload()
    page.get_by_label("Open link").check()
    photograph(page, "recruitment-channel")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("People come by Open link now")).to_be_visible()


def test_every_page_fits_a_phone(staff: EnterAs, effort: Effort) -> None:
    submission = make_doubtful(effort)
    make_submission(effort=effort)
    page = staff("admin").open("/recruitment/")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    below = ("", "decisions?show=clear", "decisions?show=doubtful", "decisions/clear", "ledger", "settings")
    desk = f"submissions/{submission.public_id}/"
    for path in ("", *(f"{effort.pk}/{rest}" for rest in (*below, desk, f"{desk}bonus"))):
        page.goto(f"{page.url.split('/recruitment/')[0]}/recruitment/{path}")
        no_sideways_scroll(page)
