"""The demo campaign is complete, honest about its takes, and loads twice without a change."""

from io import StringIO

import pytest
from django.core.management import call_command

from collection.models import Campaign, Recording
from collection.services.assignments import next_assignment
from collection.services.demo import DEMO_FOLDER, load_demo
from collection.services.stamps import stamp_of
from core.models import Job
from core.storage import ObjectStore
from recruitment.services.anomaly_search import look_for_anomalies
from tests.factories import make_participation

pytestmark = pytest.mark.django_db


def test_loading_twice_adds_nothing_the_second_time(store: ObjectStore) -> None:
    load_demo()
    rows, objects = list(Recording.objects.order_by("id").values()), list(store.list(""))
    again = load_demo()
    assert (again.prompts.added, again.takes_added) == (0, 0)
    assert list(Recording.objects.order_by("id").values()) == rows
    assert list(store.list("")) == objects


def test_there_is_plenty_to_read_and_consent_to_give() -> None:
    load_demo()
    campaign = Campaign.objects.get(slug="demo")
    assert campaign.is_open
    assert campaign.prompts.filter(is_offered=True).count() >= 200
    assert len(campaign.effort.consent_texts.get(version=1).text) > 2_000
    assert campaign.contact_email == ""


def test_takes_are_stored_stamped_waiting_for_the_worker_and_called_constructed(store: ObjectStore) -> None:
    load_demo()
    for recording in Recording.objects.all():
        assert recording.origin == "constructed"
        assert "LibriSpeech" in recording.origin_note
        assert store.head(recording.object_key) is not None
        assert stamp_of(recording=recording)
        assert recording.participation.participant.people_consenting == 0
    assert Job.objects.filter(kind="collection.derive").count() == Recording.objects.count() >= 6


def test_one_good_and_two_bad_examples_are_public_with_their_reason() -> None:
    load_demo()
    examples = Recording.objects.public_examples()
    assert sorted(examples.values_list("public_example", flat=True)) == ["bad", "bad", "good"]
    assert all(example.example_reason for example in examples)


def test_nobody_is_asked_to_read_what_the_constructed_takes_say() -> None:
    load_demo()
    participation = make_participation(campaign=Campaign.objects.get(slug="demo"))
    campaign = participation.campaign
    campaign.prompts.exclude(sentence_1__startswith="LibriSpeech").update(is_offered=False)
    assert next_assignment(participation=participation) is None


def test_the_command_says_what_it_did() -> None:
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert "6 constructed takes added" in out.getvalue()
    assert (DEMO_FOLDER / "ATTRIBUTION.md").exists()


def test_constructed_takes_are_no_anomalies_and_effort_and_campaign_have_one_name() -> None:
    load_demo()
    campaign = Campaign.objects.get(slug="demo")
    assert look_for_anomalies(effort=campaign.effort) == 0
    assert campaign.effort.name == campaign.title
