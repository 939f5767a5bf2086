"""Researchers see which models this site has, what they were measured at, and which are in use."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.registry.models import ModelBundle
from evaluation.registry.score_tables import headline_scores
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


def test_the_list_shows_only_the_figures_by_which_models_are_compared() -> None:
    scores = {
        "clean/one/si_snri_db": 7.0973,
        "clean/one/si_snri_ci95_db": 0.4845,
        "clean/one/si_snri_db_same_sex": 5.85,
        "clean/mixture/si_snr_db": 0.0,
        "noisy": {"one": {"si_snri_db": 5.75}},
    }
    assert headline_scores(scores, name="one") == [
        ("SI-SNRi, clean", "7.1 ± 0.5 dB"),
        ("SI-SNRi, noisy", "5.8 dB"),
    ]


def test_an_estimator_is_compared_by_its_errors() -> None:
    scores = {"estimator_mae_db": 2.158, "estimator_spearman": 0.8418, "mixtures": 300}
    assert headline_scores(scores, name="any") == [
        ("Mean absolute error, clean", "2.2 dB"),
        ("Rank correlation, clean", "0.84"),
    ]
