"""Every page of the admin renders, with few queries, for admins only, and shows no secret."""

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEntry, User
from recruitment.models import Participant, WorkStamp
from recruitment.services.stamps import show_stamp
from recruitment.services.withdrawals import show_withdrawal_code
from tests.accounts.filled import fill
from tests.factories import make_user

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
MOST_QUERIES = 15


@pytest.fixture
def admin_client(client: Client) -> Client:
    client.force_login(make_user(role="admin"))
    return client


def address(model: type[Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200
    return len(captured)


def test_a_list_needs_as_many_queries_for_many_rows_as_for_one(admin_client: Client) -> None:
    fill()
    addresses = [address(model, "changelist") for model in MODELS]
    few = {url: min(queries_of(admin_client, url) for _ in range(2)) for url in addresses}
    fill(times=3)
    many = {url: queries_of(admin_client, url) for url in addresses}
    assert {url: count for url, count in many.items() if count > min(few[url], MOST_QUERIES)} == {}


def test_every_row_has_a_page(admin_client: Client) -> None:
    fill()
    for model in MODELS:
        row = model._default_manager.order_by("pk").last()
        assert row is not None, f"fill() makes no {model._meta.label}"
        assert admin_client.get(address(model, "change", row.pk)).status_code == 200


def test_a_search_for_anything_is_answered(admin_client: Client) -> None:
    fill()
    for model in MODELS:
        assert admin_client.get(address(model, "changelist"), {"q": "no-uuid"}).status_code == 200


def test_no_page_shows_a_key_a_code_or_a_stamp(admin_client: Client) -> None:
    campaign = fill()
    stamp, participant = WorkStamp.objects.get(), Participant.objects.filter(effort=campaign.effort).get()
    secrets = [campaign.effort.pseudonym_key, stamp.code_hmac, stamp.code_sealed, show_stamp(stamp=stamp)]
    secrets += [participant.withdrawal_code_hmac, participant.withdrawal_code_sealed]
    secrets += [show_withdrawal_code(participant=participant), make_user().password]
    for model in MODELS:
        pages = [address(model, "changelist")]
        pages += [address(model, "change", row.pk) for row in model._default_manager.all()]
        for page in pages:
            text = admin_client.get(page).content.decode()
            assert [secret for secret in secrets if secret in text] == [], page


@pytest.mark.parametrize("role", ["reviewer", "researcher"])
def test_other_staff_do_not_learn_of_the_admin(client: Client, role: str) -> None:
    client.force_login(make_user(role=role, is_staff=True))
    assert client.get(reverse("admin:index"), follow=True).status_code == 404


def test_anonymous_people_are_sent_to_our_own_login_page(client: Client) -> None:
    response = client.get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0] == "/login/?next=/admin/"


HISTORY = [
    "collection.Recording",
    "collection.Upload",
    "collection.Review",
    "recruitment.WorkStamp",
    "accounts.AuditEntry",
    "core.Job",
    "releases.Release",
    "listening.Rating",
]


@pytest.mark.parametrize("label", HISTORY)
def test_history_is_neither_added_nor_deleted(admin_client: Client, label: str) -> None:
    fill()
    model = next(model for model in MODELS if model._meta.label == label)
    row = model._default_manager.order_by("pk").last()
    assert row is not None
    assert admin_client.post(address(model, "add"), {}).status_code == 403
    assert admin_client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def test_a_reviewer_made_in_the_admin_can_log_in_and_review(admin_client: Client, client: Client) -> None:
    form = {"username": "rita", "role": "reviewer", "usable_password": "true"}
    form |= {"password1": "seven-green-lamps", "password2": "seven-green-lamps"}
    admin_client.post(reverse("admin:accounts_user_add"), form)
    rita = User.objects.get(username="rita")
    assert rita.may_review and not rita.is_admin
    assert Client().login(username="rita", password="seven-green-lamps")
    assert AuditEntry.objects.filter(action="user.save", subject="user:rita").exists()


def change_user(client: Client, user: User, **changes: str) -> int:
    form = {"username": user.username, "role": user.role, "is_active": "on", **changes}
    return client.post(reverse("admin:accounts_user_change", args=[user.pk]), form).status_code


def test_the_only_admin_cannot_stop_being_one(admin_client: Client) -> None:
    only = User.objects.get(role="admin")
    assert change_user(admin_client, only, role="reviewer") == 409
    make_user(role="admin")
    assert change_user(admin_client, only, role="reviewer") == 302
    assert User.objects.get(pk=only.pk).role == "reviewer"


def test_a_password_set_in_the_admin_is_in_the_audit_log_without_its_value(admin_client: Client) -> None:
    rita = make_user()
    form = {"usable_password": "true", "password1": "seven-green-lamps", "password2": "seven-green-lamps"}
    admin_client.post(reverse("admin:auth_user_password_change", args=[rita.pk]), form)
    assert Client().login(username=rita.username, password="seven-green-lamps")
    entry = AuditEntry.objects.get(subject=f"user:{rita.pk}")
    assert (entry.action, entry.details) == ("user.change", {"fields": ["password"]})
