"""Somebody of Prolific arrives with their ids in the address, records, and is sent back with the completion code."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from collection.models import Campaign
from recruitment.models import Effort, Submission
from recruitment.services.submissions import units_done
from tests.browser import flows
from tests.browser.conftest import Photograph, Visit, Visitor
from tests.listening.studies import make_rating, make_study
from tests.recruitment.prolific_people import (
    COMPLETED,
    STUDY,
    make_prolific_campaign,
    parameters,
    reference,
    work_as,
    worker_id,
)
from tests.recruitment.prolific_server import TOKEN, running_prolific

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINK = f"https://app.prolific.com/submissions/complete?cc={COMPLETED}"
ARRIVAL = "/c/demo/?" + "&".join(f"{name}={value}" for name, value in parameters(1).items())


@pytest.fixture
def paid_campaign(transactional_db: None) -> Campaign:
    campaign = make_prolific_campaign()
    campaign.slug, campaign.title = "demo", "Overlapped English"
    campaign.save()
    return campaign


def stand_in_for_prolific(visitor: Visitor) -> list[str | None]:
    """Answers for app.prolific.com and keeps the referrers it was sent."""
    referrers: list[str | None] = []

    def answer(route: Route) -> None:
        referrers.append(route.request.headers.get("referer"))
        route.fulfill(status=200, content_type="text/html", body="<title>Prolific</title>Thank you")

    visitor.context.route("https://app.prolific.com/**", answer)
    return referrers


def test_somebody_of_prolific_records_and_is_sent_to_the_completion_link(
    contributor: Visitor, paid_campaign: Campaign, photograph: Photograph
) -> None:
    referrers = stand_in_for_prolific(contributor)
    page = contributor.open(ARRIVAL)
    assert page.url == f"{contributor.site}/c/demo/"
    stamp = flows.contribute_one(page)
    expect(page.get_by_role("link", name="Back to Prolific, finished")).to_have_attribute("href", LINK)
    page.get_by_role("button", name="To the end").click()
    back = page.get_by_role("link", name="Back to Prolific, finished")
    expect(back).to_have_attribute("href", LINK)
    expect(page.locator("#completion-code")).to_have_text(COMPLETED)
    photograph(page, "prolific-finished")
    assert Axe().run(page).violations_count == 0
    back.click()
    expect(page).to_have_url(LINK)
    assert referrers == [None]
    submission = Submission.objects.get()
    assert submission.participant is not None
    assert units_done(submission.participant) == 1
    assert stamp


def test_back_with_the_same_link_in_another_browser_everything_is_still_there(
    contributor: Visitor, visit: Visit, paid_campaign: Campaign, photograph: Photograph
) -> None:
    page = contributor.open(ARRIVAL)
    stamp = flows.contribute_one(page)
    elsewhere = visit().open(ARRIVAL)
    elsewhere.get_by_role("link", name="Your receipt").click()
    expect(elsewhere.locator("#stamp-1")).to_have_text(stamp)
    expect(elsewhere.get_by_role("link", name="Back to Prolific, finished")).to_be_visible()
    photograph(elsewhere, "prolific-receipt")
    assert not any(found in elsewhere.content() for found in (worker_id(1), reference(1)))


def test_without_prolifics_link_one_is_told_where_to_start(
    visit: Visit, paid_campaign: Campaign, photograph: Photograph
) -> None:
    visitor = visit()
    page = visitor.open("/c/demo/")
    expect(page.get_by_text("open it from your own page on Prolific")).to_be_visible()
    expect(page.get_by_role("link", name="Start with the questionnaire")).to_have_count(0)
    photograph(page, "prolific-stranger")


def test_who_does_not_agree_finds_the_way_back(
    visit: Visit, paid_campaign: Campaign, photograph: Photograph
) -> None:
    page = visit().open(ARRIVAL)
    page.get_by_role("link", name="Start with the questionnaire").first.click()
    page.get_by_text("We do not agree").click()
    expect(page.get_by_role("link", name="Back to Prolific, not agreed")).to_be_visible()
    photograph(page, "prolific-not-agreed")


@pytest.fixture
def listed_people(paid_campaign: Campaign, settings: Any) -> Iterator[Effort]:
    """Four people in as many states, as Prolific's list says; one has a status that Realm does not know."""
    effort = paid_campaign.effort
    with running_prolific() as provider:
        settings.PROLIFIC_TOKEN, settings.PROLIFIC_URL = TOKEN, provider.url
        for number, status in enumerate(("AWAITING REVIEW", "ACTIVE", "TIMED-OUT", "ON HOLD"), start=1):
            work_as(number, effort=effort)
            code = COMPLETED if status == "AWAITING REVIEW" else None
            provider.add(reference=reference(number), worker=worker_id(number), status=status, code=code)
        yield effort


def test_an_admin_copies_the_address_and_asks_prolific(
    staff: Callable[[str], Visitor],
    listed_people: Effort,
    run_jobs: Callable[[], int],
    photograph: Photograph,
) -> None:
    page = staff("admin").open(f"/recruitment/{listed_people.pk}/prolific")
    expect(page.locator("#study-address")).to_contain_text("SESSION_ID={{%SESSION_ID%}}")
    page.get_by_role("button", name="Ask Prolific now").click()
    expect(page.get_by_role("button", name="Prolific is being asked")).to_be_disabled()
    assert run_jobs() >= 1
    page.reload()
    expect(page.get_by_text("4 submissions listed")).to_be_visible()
    expect(page.get_by_text("1 with the unknown status 'ON HOLD'")).to_be_visible()
    expect(page.get_by_role("cell", name="awaiting review")).to_be_visible()
    photograph(page, "prolific-admin")
    assert Axe().run(page).violations_count == 0


def test_a_second_submission_is_declined_kindly(
    visit: Visit, paid_campaign: Campaign, photograph: Photograph
) -> None:
    work_as(1, effort=paid_campaign.effort)
    visitor = visit()
    visitor.complaints.expect("status of 409")
    page = visitor.open(ARRIVAL.replace(reference(1), reference(2)))
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_text("Each person takes part once")).to_be_visible()
    photograph(page, "prolific-second-turn")
    assert Axe().run(page).violations_count == 0


def test_a_listener_who_has_rated_everything_finds_the_way_back(
    visit: Visit, transactional_db: None, photograph: Photograph
) -> None:
    study = make_study(estimates=((8.0, 6.0),))
    codes = {"study_id": STUDY, "completed_code": COMPLETED}
    Effort.objects.filter(pk=study.effort_id).update(channel="prolific", channel_settings=codes)
    study.refresh_from_db()
    submission = work_as(1, effort=study.effort)
    assert submission.participant is not None
    make_rating(trial=study.trials.get(), score=4, participant=submission.participant)
    page = visit().open(ARRIVAL.replace("/c/demo/", f"/s/{study.slug}/"))
    expect(page.get_by_role("link", name="Back to Prolific, finished")).to_have_attribute("href", LINK)
    expect(page.get_by_role("heading", name="Your work stamp")).to_be_visible()
    photograph(page, "prolific-listener")
    assert Axe().run(page).violations_count == 0
