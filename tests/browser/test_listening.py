"""A listener rates a study on a phone, by keyboard alone; a researcher reads what came of it."""

from collections.abc import Callable
from itertools import cycle, islice

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from evaluation.listening.models import Rating, Study
from tests.browser.conftest import PHONE, Photograph, Visit, Visitor
from tests.listening.studies import make_listener, make_rating, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press_on(page: Page, name: str, key: str = "Enter") -> None:
    """Focus a button and press a key on it: no pointer is used anywhere."""
    page.get_by_role("button", name=name).focus()
    page.keyboard.press(key)


def begin(page: Page) -> None:
    page.get_by_label("I have read this").focus()
    page.keyboard.press("Space")
    press_on(page, "Begin listening")
    expect(page.get_by_role("heading", name="How well were the voices separated?")).to_be_visible()


def play_everything(page: Page) -> None:
    for label in ("Mixture", "Separated 1", "Separated 2"):
        line = page.locator(".trial-signal", has_text=label).locator(".trial-heard")
        if line.inner_text() != "Played":
            press_on(page, f"Play {label}")
            expect(line).to_have_text("Played")
    expect(page.locator("input[value='3']")).to_be_enabled()


def rate(page: Page, score: int) -> None:
    page.keyboard.press(str(score))
    expect(page.locator(f"input[name=score][value='{score}']")).to_be_checked()
    page.keyboard.press("Enter")


def assert_accessible(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    grave = [(found["id"], found["nodes"][0]["html"]) for found in violations if found["impact"] in GRAVE]
    assert not grave, grave


GRAVE = ("serious", "critical")


def test_three_trials_are_rated_by_keyboard_on_a_phone(visit: Visit, photograph: Photograph) -> None:
    study = make_study(estimates=[(8.0, 6.0)] * 3)
    page = visit(viewport=PHONE).open(f"/s/{study.slug}/")
    assert_accessible(page)
    photograph(page, "listen-begin")
    page.set_viewport_size(PHONE)
    begin(page)
    for number, score in ((1, 4), (2, 2), (3, 5)):
        expect(page.get_by_text(f"{number} of 3", exact=True)).to_be_visible()
        expect(page.locator("input[value='3']")).to_be_disabled()
        expect(page.locator("#why-locked")).to_contain_text("Mixture, Separated 1, Separated 2")
        if number == 1:
            photograph(page, "listen-trial-locked")
            page.set_viewport_size(PHONE)
        play_everything(page)
        if number == 1:
            assert_accessible(page)
            photograph(page, "listen-trial")
            page.set_viewport_size(PHONE)
        rate(page, score)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert sorted(Rating.objects.values_list("score", flat=True)) == [2, 4, 5]
    assert_accessible(page)
    photograph(page, "listen-finished")


def test_a_reload_comes_back_to_the_same_trial_and_what_was_heard(visit: Visit) -> None:
    study = make_study(estimates=[(8.0, 6.0)] * 2)
    page = visit().open(f"/s/{study.slug}/")
    begin(page)
    trial = page.locator("input[name=trial]").input_value()
    play_everything(page)
    page.reload()
    assert page.locator("input[name=trial]").input_value() == trial
    expect(page.locator("input[value='3']")).to_be_enabled()
    rate(page, 3)
    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()
    assert page.locator("input[name=trial]").input_value() != trial
    assert Rating.objects.get().score == 3


def test_a_vote_whose_answer_was_lost_is_sent_again_and_counts_once(visit: Visit) -> None:
    study = make_study(estimates=[(8.0, 6.0)])
    visitor = visit()
    visitor.complaints.expect("Failed to load resource")
    page = visitor.open(f"/s/{study.slug}/")
    begin(page)
    play_everything(page)
    seen = []

    def lose_first_answer(route: Route) -> None:
        seen.append(route.fetch())
        if len(seen) == 1:
            route.abort()
        else:
            route.fulfill(response=seen[-1])

    page.route("**/rate", lose_first_answer)
    rate(page, 4)
    expect(page.locator("#why-locked")).to_contain_text("The network is away")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert [answer.status for answer in seen] == [200, 200]
    assert Rating.objects.get().score == 4


def rated_study() -> Study:
    """Sixteen trials, seven listeners; ratings follow the estimates with some stubbornness."""
    study = make_study(estimates=[(level - 1.2, level + 0.8) for level in range(-3, 13)])
    listeners = [make_listener(study=study) for _ in range(7)]
    moods = cycle([0, 1, -1, 0, 0, 1, 0, -1, 1])
    for index, trial in enumerate(study.trials.order_by("id")):
        for listener, mood in zip(listeners[: 2 + index % 6], islice(moods, 7), strict=False):
            score = min(5, max(1, round(1.6 + index / 5) + mood))
            make_rating(trial=trial, score=score, participant=listener)
    return study


def test_a_researcher_reads_the_scatter_and_hears_a_trial(
    staff: Callable[[str], Visitor], photograph: Photograph
) -> None:
    study = rated_study()
    page = staff("researcher").open(f"/studies/{study.slug}/")
    expect(page.locator("svg.scatter circle")).to_have_count(16)
    expect(page.get_by_text("Over these trials, higher estimates go with higher ratings")).to_be_visible()
    assert_accessible(page)
    photograph(page, "study-results")
    page.locator("#trial-1 summary").click()
    expect(page.locator("#trial-1 realm-player")).to_have_count(3)
    page.get_by_role("button", name="Play Separated 1").click()
    expect(page.locator("#trial-1 realm-player[data-source='1']")).to_have_attribute("data-state", "playing")
    photograph(page, "study-results-trial")


def test_a_researcher_makes_a_study_and_opens_it(
    staff: Callable[[str], Visitor], photograph: Photograph
) -> None:
    make_study()
    page = staff("researcher").open("/studies/")
    photograph(page, "study-list")
    page.get_by_role("link", name="New study").click()
    assert_accessible(page)
    photograph(page, "study-new")
    page.get_by_label("Title").fill("Pilot of the week")
    page.get_by_label("Review state").select_option("waiting")
    page.get_by_label("Number of recordings").fill("2")
    page.get_by_role("button", name="Make the study").click()
    page.get_by_role("button", name="Open the study").click()
    expect(page.get_by_role("heading", name="Share this link with listeners")).to_be_visible()
    link = page.locator("#study-link").inner_text()
    page.goto(link)
    expect(page.get_by_role("heading", name="Pilot of the week")).to_be_visible()
