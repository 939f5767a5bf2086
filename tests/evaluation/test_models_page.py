"""Researchers see which models this site has, what they were measured at, and which are in use."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.registry.models import ModelBundle, flat_scores
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(role="researcher"))
    return client


def test_models_are_listed_with_what_is_known_of_them(
    researcher: Client, separator: ModelBundle, estimator: ModelBundle
) -> None:
    page = researcher.get(reverse("bundle-list")).content.decode()
    for text in (
        separator.digest[:8],
        estimator.name,
        "8000 Hz",
        "none (random weights)",
        "It separates and",
    ):
        assert text in page
    assert page.count("in use</span>") == 2


def test_a_model_whose_folder_holds_another_one_is_called_replaced(
    researcher: Client, separator: ModelBundle
) -> None:
    ModelBundle.objects.update(location="gone", is_default=False)
    assert "replaced</span>" in researcher.get(reverse("bundle-list")).content.decode()


def test_without_models_the_page_says_how_to_get_them(researcher: Client) -> None:
    assert "register_bundles" in researcher.get(reverse("bundle-list")).content.decode()


def test_nested_scores_become_lines() -> None:
    scores = {"clean_test": {"si_snri_db": 8.123, "mixtures": 300}, "note": "seeded"}
    assert flat_scores(scores) == [
        ("clean test si snri db", "8.12"),
        ("clean test mixtures", "300"),
        ("note", "seeded"),
    ]
