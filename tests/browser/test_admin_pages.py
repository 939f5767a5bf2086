"""An admin's day in a real browser: a campaign is made, a release is built and downloaded, nothing complains."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from collection.models import Campaign
from releases.models import Release
from tests.browser.conftest import Photograph, Visitor
from tests.releases.made import make_accepted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EnterAs = Callable[[str], Visitor]


def test_the_button_builds_a_release_and_the_page_follows_it(
    staff: EnterAs, campaign: Campaign, run_jobs: Callable[[], int], photograph: Photograph
) -> None:
    admin = staff("admin")
    page = admin.open("/releases/")
    expect(page.get_by_text("No release has been built yet.")).to_be_visible()
    photograph(page, "releases-empty")
    make_accepted(campaign=campaign)
    page.reload()
    page.get_by_role("button", name="Build release").click()
    expect(page.get_by_role("table").get_by_text("Building")).to_be_visible()
    run_jobs()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    photograph(page, "releases")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    archive = Path(started.value.path()).read_bytes()
    assert started.value.suggested_filename == "demo-0.1.0.tar.gz"
    assert hashlib.sha256(archive).hexdigest() == Release.objects.get().archive_sha256


def test_an_admin_makes_and_opens_a_campaign(staff: EnterAs, tmp_path: Path, photograph: Photograph) -> None:
    prompts = tmp_path / "prompts.tsv"
    prompts.write_text("The kettle sings.\tThe gate creaks.\n")
    page = staff("admin").open("/workbench/")
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Title").fill("Evening voices")
    page.get_by_label("Address", exact=True).fill("evening")
    page.get_by_label("Introduction").fill("Read together.")
    page.get_by_label("Consent text").fill("We agree that our voices are published.")
    photograph(page, "campaign-new")
    page.get_by_label("List of sentence pairs").set_input_files(prompts)
    page.get_by_role("button", name="Make the campaign").click()
    expect(page.get_by_text("Nobody sees it yet.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Open", exact=True).click()
    photograph(page, "campaign")
    page.get_by_role("link", name="/c/evening/").click()
    expect(page.get_by_role("heading", name="Evening voices")).to_be_visible()


@pytest.mark.parametrize("path", ["", "collection/recording/", "core/job/", "accounts/user/add/"])
def test_the_django_admin_obeys_the_content_policy(staff: EnterAs, campaign: Campaign, path: str) -> None:
    make_accepted(campaign=campaign)
    page = staff("admin").open(f"/admin/{path}")
    expect(page.get_by_role("link", name="Realm administration")).to_be_visible()
