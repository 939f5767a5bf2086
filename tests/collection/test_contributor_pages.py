"""The contributor's pages keep their promises on the server, whatever a browser does."""

import uuid

import pytest
from django.test import Client

from collection.models import Campaign, Participation
from recruitment.sessions import remember_participant
from tests.factories import make_assignment, make_campaign, make_participation, make_recording

pytestmark = pytest.mark.django_db

ANSWERS = {
    "speaker_genders": "mixed",
    "native_speakers": "both",
    "consent_speaker_1": "on",
    "consent_speaker_2": "on",
    "consent_version": "1",
}


def page_of(campaign: Campaign, name: str = "") -> str:
    return f"/c/{campaign.slug}/{name}"


def client_of(participation: Participation) -> Client:
    client = Client()
    session = client.session
    remember_participant(session=session, participant=participation.participant)
    session.save()
    return client


def test_the_questionnaire_leads_to_the_recorder(client: Client) -> None:
    campaign = make_campaign()
    answer = client.post(page_of(campaign, "begin"), ANSWERS)
    assert answer.headers["Location"] == page_of(campaign, "record")
    assert campaign.participations.get().participant.people_consenting == 2


def test_a_second_click_on_the_questionnaire_begins_nothing_new(client: Client) -> None:
    campaign = make_campaign()
    for _ in range(2):
        client.post(page_of(campaign, "begin"), ANSWERS)
    assert campaign.participations.count() == 1


def test_other_people_at_the_same_device_begin_anew(client: Client) -> None:
    campaign = make_campaign()
    client.post(page_of(campaign, "begin"), ANSWERS)
    client.post(page_of(campaign, "begin") + "?again", ANSWERS)
    assert campaign.participations.count() == 2


def test_a_take_of_the_people_before_still_arrives_after_others_began(client: Client) -> None:
    campaign = make_campaign()
    client.post(page_of(campaign, "begin"), ANSWERS)
    client.get(page_of(campaign, "record"))
    assignment = campaign.participations.get().assignments.get()
    client.post(page_of(campaign, "begin") + "?again", ANSWERS)
    take = {"client_uuid": str(uuid.uuid4()), "assignment": str(assignment.public_id), "sha256": "0" * 64}
    take |= {"byte_length": 44, "capture": {"frame_gaps": 0, "hidden_during_take": False}}
    answer = client.post("/api/v1/uploads", take, content_type="application/json")
    assert answer.status_code == 201


def test_a_missing_consent_is_named_and_nothing_is_saved(client: Client) -> None:
    campaign = make_campaign()
    answer = client.post(page_of(campaign, "begin"), ANSWERS | {"consent_speaker_2": ""})
    assert answer.status_code == 422
    assert "Every person who can be heard must agree" in answer.content.decode()
    assert not campaign.participations.exists()


def test_the_questionnaire_shows_the_consent_text_with_its_version(client: Client) -> None:
    page = client.get(page_of(make_campaign(), "begin")).content.decode()
    assert "We keep and publish your voices." in page
    assert "Version 1" in page


def test_a_draft_campaign_has_no_page(client: Client) -> None:
    assert client.get(page_of(make_campaign(state="draft"))).status_code == 404


def test_a_closed_campaign_invites_nobody_but_keeps_its_receipts() -> None:
    campaign = make_campaign(state="closed")
    client = client_of(make_participation(campaign=campaign))
    page = client.get(page_of(campaign)).content.decode()
    assert "takes no new recordings" in page
    assert "Start with the questionnaire" not in page
    assert client.get(page_of(campaign, "receipt")).status_code == 200


def test_sentences_given_before_the_campaign_closed_can_still_be_recorded() -> None:
    assignment = make_assignment()
    campaign = assignment.participation.campaign
    Campaign.objects.update(state="closed")
    page = client_of(assignment.participation).get(page_of(campaign, "record"))
    assert assignment.prompt.sentence_1 in page.content.decode()


def test_without_questionnaire_there_is_no_recorder(client: Client) -> None:
    campaign = make_campaign()
    for name in ("record", "receipt"):
        assert client.get(page_of(campaign, name)).headers["Location"] == page_of(campaign, "begin")


def test_reloading_the_recorder_keeps_the_sentences() -> None:
    participation = make_participation()
    client = client_of(participation)
    for _ in range(3):
        client.get(page_of(participation.campaign, "record"))
    assert participation.assignments.count() == 1


def test_skipped_sentences_are_followed_by_others_until_none_is_left() -> None:
    participation = make_participation(campaign=make_campaign(prompts=2))
    client, url = client_of(participation), page_of(participation.campaign, "record")
    client.get(url)
    for expected in (url, page_of(participation.campaign, "finished")):
        assignment = participation.assignments.waiting_for_a_take().get()
        answer = client.post(url, {"skip": str(assignment.public_id)})
        assert answer.headers["Location"] == expected
    assert "There are no more sentences" in client.get(expected).content.decode()


def test_nobody_skips_the_sentences_of_others() -> None:
    foreign = make_assignment()
    participation = make_participation(campaign=foreign.participation.campaign)
    url = page_of(participation.campaign, "record")
    assert client_of(participation).post(url, {"skip": str(foreign.public_id)}).status_code == 404
    assert client_of(participation).post(url, {"skip": "no-uuid"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == "open"


def test_the_finished_page_is_kind_to_whoever_opens_it(client: Client) -> None:
    assert client.get(page_of(make_campaign(), "finished")).status_code == 200


@pytest.mark.parametrize("name", ["begin", "record", "receipt", "finished"])
def test_pages_about_a_session_are_never_kept_by_a_cache(name: str) -> None:
    participation = make_participation()
    answer = client_of(participation).get(page_of(participation.campaign, name))
    assert "no-store" in answer.headers["Cache-Control"]


def test_examples_show_one_good_and_two_bad_ones_with_their_reasons(client: Client) -> None:
    for kind in ("bad", "good", "bad", "bad", "good"):
        make_recording(public_example=kind, example_reason=f"This one is {kind}.")
    page = client.get(page_of(make_campaign())).content.decode()
    assert (page.count("This one is good."), page.count("This one is bad.")) == (1, 2)
    assert page.index("This one is good.") < page.index("This one is bad.")


def test_a_campaign_with_examples_of_its_own_shows_only_those(client: Client) -> None:
    own = make_recording(public_example="good", example_reason="Ours.")
    make_recording(public_example="good", example_reason="Theirs.")
    page = client.get(page_of(own.participation.campaign)).content.decode()
    assert "Ours." in page and "Theirs." not in page
