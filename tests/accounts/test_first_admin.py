"""The first start makes an admin and shows the password once."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEntry, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def ensure(*arguments: str) -> str:
    out = StringIO()
    call_command("ensure_admin", *arguments, stdout=out)
    return out.getvalue()


def password_in(text: str) -> str:
    return re.search(r"Password: +(\S+)", text)[1]  # type: ignore[index]


def test_the_first_run_prints_a_password_that_opens_the_workbench(client: Client) -> None:
    password = password_in(ensure())
    assert re.fullmatch(r"([a-hjkmnp-z2-9]{5}-){3}[a-hjkmnp-z2-9]{5}", password)
    assert client.login(username="admin", password=password)
    assert client.get("/workbench/").status_code == 200


def test_the_second_run_prints_nothing_and_changes_nothing() -> None:
    ensure()
    before = User.objects.get().password
    assert ensure() == ""
    assert User.objects.get().password == before


def test_reset_gives_a_new_password_and_ends_the_old_session(client: Client) -> None:
    old = password_in(ensure())
    client.login(username="admin", password=old)
    new = password_in(ensure("--reset"))
    assert new != old
    assert client.get("/workbench/").status_code == 302
    assert not client.login(username="admin", password=old)
    assert client.login(username="admin", password=new)


def test_two_machines_get_different_passwords() -> None:
    first = password_in(ensure())
    User.objects.all().delete()
    assert password_in(ensure()) != first


def test_a_name_that_is_taken_by_a_reviewer_is_said() -> None:
    make_user(username="admin", role="reviewer")
    with pytest.raises(CommandError, match="exists and is no active admin"):
        ensure()


def test_the_audit_log_knows_but_not_the_password() -> None:
    password = password_in(ensure())
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == ("user.create", "user:admin")
    assert password not in str(entry.details)
