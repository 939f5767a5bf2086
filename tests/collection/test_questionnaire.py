"""The questionnaire asks what it must and says which answer is missing."""

import pytest

from collection.forms import QuestionnaireForm
from collection.models import Campaign
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db

COMPLETE = {
    "speaker_genders": "mixed",
    "native_speakers": "one",
    "other_native_languages": "Turkish",
    "consent_speaker_1": "on",
    "consent_speaker_2": "on",
    "consent_version": "1",
}


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign(language_name="Esperanto")


def test_complete_answers_count_both_people(campaign: Campaign) -> None:
    form = QuestionnaireForm(COMPLETE, campaign=campaign)
    assert form.is_valid()
    assert form.answers().people_consenting == 2
    assert form.answers().other_native_languages == "Turkish"


@pytest.mark.parametrize(
    "field",
    [
        "speaker_genders",
        "native_speakers",
        "other_native_languages",
        "consent_speaker_1",
        "consent_speaker_2",
        "consent_version",
    ],
)
def test_a_missing_answer_is_named(campaign: Campaign, field: str) -> None:
    form = QuestionnaireForm({**COMPLETE, field: ""}, campaign=campaign)
    assert list(form.errors) == [field]


def test_two_native_speakers_need_no_other_language_and_a_stale_one_is_dropped(campaign: Campaign) -> None:
    form = QuestionnaireForm({**COMPLETE, "native_speakers": "both"}, campaign=campaign)
    assert form.is_valid()
    assert form.answers().other_native_languages == ""


def test_the_question_names_the_language_of_the_campaign_and_carries_the_consent_version(
    campaign: Campaign,
) -> None:
    form = QuestionnaireForm(campaign=campaign)
    assert form.fields["native_speakers"].label == "Are you native speakers of Esperanto?"
    assert form["consent_version"].value() == 1
