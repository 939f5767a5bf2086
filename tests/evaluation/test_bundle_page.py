"""The page of one model: card, scores for each set, digest, where it is used, and the buttons that change its state."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.registry.models import ModelBundle
from evaluation.registry.score_tables import card_without_scores, score_tables
from tests.factories import make_user
from tests.listening.studies import make_bundle, make_separation

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(role="researcher"))
    return client


def page_of(client: Client, bundle: ModelBundle) -> str:
    return client.get(reverse("bundle", args=[bundle.digest])).content.decode()


def change(client: Client, bundle: ModelBundle, name: str) -> str:
    address = reverse("bundle-change", args=[bundle.digest])
    return client.post(address, {"change": name}, follow=True).content.decode()


def test_the_page_says_what_is_known_of_a_model(researcher: Client, separator: ModelBundle) -> None:
    make_separation(bundle=separator)
    page = page_of(researcher, separator)
    for text in (
        separator.digest,
        "1 separation<",
        "none (random weights)",
        "It separates and",
        "hop_samples",
    ):
        assert text in page


def test_a_card_cannot_bring_markup_or_scripts(researcher: Client, separator: ModelBundle) -> None:
    evil = "<script>alert(1)</script>"
    ModelBundle.objects.update(card=evil, description={"training_data": evil, "scores": {evil: evil}})
    page = page_of(researcher, separator)
    assert evil not in page and page.count("&lt;script&gt;") >= 3


def test_scores_become_a_table_for_each_set() -> None:
    scores = {
        "clean/ours/si_snri_db": 7.0973,
        "clean/mixture/si_snr_db": -0.5,
        "clean/mixtures": 300,
        "mae": 2.1,
    }
    clean, overall = score_tables(scores)
    assert (clean.name, clean.systems) == ("clean", ["ours", "mixture", ""])
    assert clean.rows[0] == ("si snri db", ["7.10", "", ""]) and clean.rows[2] == (
        "mixtures",
        ["", "", "300"],
    )
    assert (overall.name, overall.rows) == ("", [("mae", ["2.10"])])


def test_the_table_that_commands_write_into_a_card_is_not_shown_twice() -> None:
    card = "# m\n\nWords.\n<!-- scores -->\n| mae | 2.1 |\n<!-- end of scores -->\nMore."
    assert card_without_scores(card) == "# m\n\nWords.\nMore."


def test_nested_scores_become_the_same_tables() -> None:
    flat, nested = {"clean/ours/db": 7.0}, {"clean": {"ours": {"db": 7.0}}}
    assert score_tables(flat) == score_tables(nested)


def test_a_researcher_puts_a_model_in_use_and_retires_the_other(researcher: Client) -> None:
    old, new = make_bundle(), make_bundle(is_default=False)
    assert "is in use now." in change(researcher, new, "use")
    assert "is retired. Its results stay." in change(researcher, old, "retire")
    old.refresh_from_db()
    assert old.retired_at and list(ModelBundle.objects.filter(is_default=True)) == [new]


def test_the_page_says_why_a_model_in_use_cannot_be_retired(researcher: Client) -> None:
    assert "Put another model in use first, then retire it." in change(researcher, make_bundle(), "retire")


def test_an_unknown_change_is_refused(researcher: Client) -> None:
    bundle = make_bundle(is_default=False)
    assert "send one of use, retire, activate" in change(researcher, bundle, "delete")
