"""A participation begins only with every answer, both consents and an open campaign."""

from dataclasses import replace

import pytest

from collection.models import Campaign, Participation
from collection.rules import QuestionnaireAnswers
from collection.services.participations import begin_participation
from core.errors import ShownToUser
from recruitment.models import ConsentText, Participant
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db

ANSWERS = QuestionnaireAnswers(
    speaker_genders="two_female",
    native_speakers="none",
    other_native_languages=" Farsi ",
    people_consenting=2,
    consent_version=1,
)


def refusal(*, campaign: Campaign, answers: QuestionnaireAnswers) -> ShownToUser:
    with pytest.raises(ShownToUser) as refused:
        begin_participation(campaign=campaign, answers=answers)
    assert not Participant.objects.exists()
    return refused.value


def test_answers_and_consent_are_kept() -> None:
    participation = begin_participation(campaign=make_campaign(), answers=ANSWERS)
    participation.refresh_from_db()
    assert participation.other_native_languages == "Farsi"
    assert participation.participant.people_consenting == 2
    assert participation.participant.consent_text.version == 1
    assert len(participation.session_code) == 5


@pytest.mark.parametrize("people", [0, 1])
def test_everybody_who_is_heard_must_agree(people: int) -> None:
    refused = refusal(campaign=make_campaign(), answers=replace(ANSWERS, people_consenting=people))
    assert (refused.code, refused.field) == ("consent_missing", "consent")
    assert f"{people} of 2 people" in refused.message


@pytest.mark.parametrize("field", ["speaker_genders", "native_speakers", "other_native_languages"])
def test_an_unanswered_question_is_named(field: str) -> None:
    refused = refusal(campaign=make_campaign(), answers=replace(ANSWERS, **{field: ""}))
    assert (refused.code, refused.field) == ("answer_missing", field)


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_a_campaign_that_is_not_open_takes_nobody_new(state: str) -> None:
    refused = refusal(campaign=make_campaign(state=state), answers=ANSWERS)
    assert refused.code == "campaign_closed"
    assert "closed" in refused.message


def test_consent_to_an_older_text_does_not_count() -> None:
    campaign = make_campaign()
    ConsentText.objects.create(effort=campaign.effort, version=2, text="We also sing along.")
    assert refusal(campaign=campaign, answers=ANSWERS).code == "consent_outdated"
    begin_participation(campaign=campaign, answers=replace(ANSWERS, consent_version=2))


def test_a_campaign_without_consent_text_takes_nobody() -> None:
    campaign = make_campaign()
    campaign.effort.consent_texts.all().delete()
    assert refusal(campaign=campaign, answers=ANSWERS).code == "consent_missing"


def test_session_codes_differ() -> None:
    campaign = make_campaign()
    codes = {begin_participation(campaign=campaign, answers=ANSWERS).session_code for _ in range(20)}
    assert len(codes) == Participation.objects.count() == 20
