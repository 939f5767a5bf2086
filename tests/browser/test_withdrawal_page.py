"""Either speaker takes everything back with the code on the receipt, from any browser."""

import pytest
from playwright.sync_api import expect

from collection.models import Campaign, Recording
from tests.browser import flows
from tests.browser.conftest import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_code_withdraws_the_recording_from_another_browser(
    contributor: Visitor, visit: Visit, campaign: Campaign
) -> None:
    page = contributor.open("/c/demo/")
    flows.contribute_one(page)
    code = flows.withdrawal_code(page, contributor.site, "demo")
    other = visit().open("/withdraw/")
    other.get_by_label("Withdrawal code").fill(code.lower().replace("-", " "))
    other.get_by_role("button", name="Show what will happen").click()
    expect(other.get_by_text("1 recording of session")).to_be_visible()
    assert Recording.objects.kept().count() == 1
    other.get_by_role("button", name="Withdraw and delete them").click()
    expect(other.get_by_role("status")).to_contain_text("are withdrawn")
    assert Recording.objects.kept().count() == 0
    page.goto(f"{contributor.site}/c/demo/receipt")
    expect(page.get_by_role("heading", name="About you two")).to_be_visible()


def test_a_mistyped_code_changes_nothing_and_says_what_is_wrong(visit: Visit, campaign: Campaign) -> None:
    visitor = visit()
    visitor.complaints.expect("422")
    page = visitor.open("/withdraw/")
    page.get_by_label("Withdrawal code").fill("ABCD-EFGH")
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("This is not a whole withdrawal code")).to_be_visible()
