"""All owed rewards are marked as paid with one note, after a look at the list, where the channel pays none."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from recruitment.models import Effort, Payment
from recruitment.services.decisions import decide
from tests.factories import make_user
from tests.recruitment.results_files import make_csv_effort
from tests.recruitment.works import make_submission

pytestmark = pytest.mark.django_db


def effort_that_owes(count: int) -> Effort:
    effort = make_csv_effort()
    effort.reward_minor, effort.currency = 150, "EUR"
    effort.save()
    for _ in range(count):
        submission = make_submission(effort=effort, state="submitted")
        decide(submission=submission, verdict="approve", actor=None)
    return effort


def test_what_was_listed_is_marked_with_one_note_and_nothing_else(client: Client) -> None:
    client.force_login(make_user(role=Role.ADMIN))
    effort = effort_that_owes(3)
    address = reverse("payments-mark-all", args=[effort.pk])
    page = client.get(address).content.decode()
    assert "Mark 3 rewards as paid?" in page and page.count('name="payment"') == 3 and "4.50" in page
    assert set(Payment.objects.values_list("state", flat=True)) == {"owed"}
    first, second, _ = Payment.objects.order_by("pk")
    client.post(address, {"payment": [first.pk, second.pk], "note": "bank transfer"})
    paid = Payment.objects.filter(state="confirmed").values_list("pk", "note")
    assert sorted(paid) == [(first.pk, "bank transfer"), (second.pk, "bank transfer")]


def test_where_the_platform_pays_nothing_can_be_marked(client: Client) -> None:
    client.force_login(make_user(role=Role.ADMIN))
    effort = effort_that_owes(1)
    Effort.objects.update(channel="mturk")
    address = reverse("payments-mark-all", args=[effort.pk])
    assert "No reward waits to be marked" in client.get(address).content.decode()
    client.post(address, {"payment": [Payment.objects.get().pk], "note": "cash"})
    assert Payment.objects.get().state == "owed"
