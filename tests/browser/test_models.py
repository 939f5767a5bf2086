"""A researcher brings a bundle, reads its page, puts it in use and retires the other, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from evaluation.registry.models import ModelBundle
from evaluation.registry.services.bundles import register_bundle
from modeling.bundles import SEPARATORS, SHIPPED_FOLDER
from tests.browser.conftest import PHONE, WIDE, Photograph, Visitor
from tests.evaluation.archives import files_of, zip_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    from modeling.packaging import write_debug_bundle

    folder = tmp_path / "bundle"
    write_debug_bundle(folder, kind="separator")
    path = tmp_path / "model.zip"
    path.write_bytes(zip_of(files_of(folder)).getvalue())
    return path


def assert_accessible(page: Page) -> None:
    found = [
        one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")
    ]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]


def test_a_bundle_is_brought_and_put_in_use(
    staff: Callable[[str], Visitor], archive: Path, photograph: Photograph
) -> None:
    shipped = register_bundle(path=SHIPPED_FOLDER / SEPARATORS[2])
    page = staff("researcher").open("/models/")
    page.get_by_role("link", name="Add a model").click()
    assert_accessible(page)
    page.get_by_label("Bundle").set_input_files(archive)
    page.get_by_role("button", name="Add the bundle").click()
    expect(page.get_by_role("heading", name="debug-separator")).to_be_visible()
    brought = ModelBundle.objects.get(name="debug-separator")
    expect(page.locator("#digest")).to_have_text(brought.digest)
    page.get_by_role("button", name="Put in use").click()
    expect(page.get_by_text("Every new recording goes through this model.")).to_be_visible()
    page.goto(page.url.replace(brought.digest, shipped.digest))
    assert_accessible(page)
    photograph(page, "model")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(WIDE)
    page.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("It is not offered for new work.")).to_be_visible()
    shipped.refresh_from_db()
    assert shipped.retired_at and ModelBundle.objects.get(is_default=True) == brought


def test_a_refused_checkpoint_form_keeps_its_words(staff: Callable[[str], Visitor], archive: Path) -> None:
    visitor = staff("researcher")
    visitor.complaints.expect("422")
    page = visitor.open("/models/import")
    assert_accessible(page)
    page.get_by_label("Name").fill("../theirs")
    page.get_by_label("Training data").fill("WSJ0-2mix")
    page.get_by_label("Checkpoint").set_input_files(archive)
    page.get_by_role("button", name="Convert the checkpoint").click()
    expect(page.get_by_text("Use letters, digits")).to_be_visible()
    expect(page.get_by_label("Training data")).to_have_value("WSJ0-2mix")
