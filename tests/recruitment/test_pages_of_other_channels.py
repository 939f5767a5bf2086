"""A page that a channel does not have is not found by its address either; what is said counts right."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from core.errors import RetryLater
from recruitment.channels import CHANNELS
from recruitment.models import Effort, WorkStamp
from recruitment.rules.stamp_words import WORDS
from recruitment.services.provider_files import read_file
from tests.factories import make_effort, make_user
from tests.recruitment.results_files import Batch, make_csv_effort

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMIN))
    return client


def effort_of(channel: str) -> Effort:
    effort = make_effort()
    Effort.objects.filter(pk=effort.pk).update(channel=channel)
    return effort


@pytest.mark.parametrize(
    ("channel", "status"), [("open", 404), ("prolific", 404), ("mturk", 200), ("csv", 200)]
)
def test_results_files_come_where_the_channel_has_their_page(
    admin: Client, channel: str, status: int
) -> None:
    address = reverse("effort-import", args=[effort_of(channel).pk])
    assert admin.get(address).status_code == status
    assert admin.post(address).status_code == (422 if status == 200 else 404)


@pytest.mark.parametrize("channel", ["prolific", "mturk", "csv"])
def test_no_provider_is_asked_while_somebody_waits_for_a_page(
    admin: Client, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*, effort: Effort) -> None:
        raise RetryLater("The provider is away.")

    monkeypatch.setattr(CHANNELS[channel], "reconcile", is_away)
    assert admin.post(reverse("effort-take-in", args=[effort_of(channel).pk])).status_code == 404


def test_one_mistyped_stamp_is_one(admin: Client) -> None:
    effort = make_csv_effort()
    batch = Batch(effort)
    batch.lines = batch.mistyped()
    kept, _ = read_file(effort=effort, file_name="b.csv", data=batch.as_csv(), actor=make_user())
    address = reverse("import-confirm", args=[effort.pk, kept.public_id])
    page = admin.post(address, {"line": "mistyped"}, follow=True).content.decode()
    assert "1 mistyped stamp is given to its person." in page


def test_nobody_is_promised_what_nobody_pays() -> None:
    assert "on its way" not in WORDS[WorkStamp.State.APPROVED].remedy
