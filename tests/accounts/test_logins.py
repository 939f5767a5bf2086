"""The staff login: guessing is slow, failures are noted, sessions end with the working day."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.services.logins import COUNTED_FOR, MOST_FAILURES
from accounts.views import STAFF_SESSION_S
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


def log_in(username: str, password: str) -> tuple[Client, str]:
    client = Client()
    answer = client.post(reverse("login"), {"username": username, "password": password})
    return client, answer.content.decode()


@pytest.fixture
def username() -> str:
    user = make_user(role="admin")
    user.set_password(PASSWORD)
    user.save()
    return user.username


def test_a_staff_session_ends_with_the_working_day(username: str) -> None:
    client, _ = log_in(username, PASSWORD)
    assert client.get(reverse("workbench")).status_code == 200
    assert client.session.get_expiry_age() == pytest.approx(STAFF_SESSION_S, abs=60)


def test_after_many_failures_even_the_right_password_must_wait(username: str) -> None:
    for _ in range(MOST_FAILURES):
        assert "do not belong together" in log_in(username, "wrong")[1]
    client, page = log_in(username, PASSWORD)
    assert "Too many attempts" in page and client.get(reverse("workbench")).status_code == 302
    assert "Too many attempts" not in log_in(make_user(role="reviewer").username, "wrong")[1]


def test_the_wait_ends(username: str) -> None:
    for _ in range(MOST_FAILURES):
        log_in(username, "wrong")
    AuditEntry.objects.filter(action="login.fail").update(at=timezone.now() - COUNTED_FOR)
    client, _ = log_in(username, PASSWORD)
    assert client.get(reverse("workbench")).status_code == 200


def test_an_unknown_name_waits_alike_and_is_not_kept(username: str) -> None:
    pages = [log_in("my-password-by-mistake", "x")[1] for _ in range(MOST_FAILURES + 1)]
    assert "Too many attempts" in pages[-1]
    noted = AuditEntry.objects.filter(action="login.fail")
    assert noted.count() == MOST_FAILURES
    assert "mistake" not in str(list(noted.values_list("subject", "details")))


def test_an_empty_form_says_what_is_missing() -> None:
    assert "Enter your user name and your password" in log_in("", "")[1]
