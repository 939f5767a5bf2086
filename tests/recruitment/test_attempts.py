"""Codes may be typed only so often: by one person, and by everybody together."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import ShownToUser
from recruitment.models import AttemptCount
from recruitment.services import attempts
from recruitment.services.attempts import (
    EVERYBODY,
    ONE_PERSON,
    TypedCode,
    count_typed_code,
    forget_old_attempts,
    forgive_typed_code,
)
from tests.factories import make_effort

pytestmark = pytest.mark.django_db


def test_after_ten_codes_a_person_waits_and_others_do_not() -> None:
    for _ in range(ONE_PERSON.attempts):
        count_typed_code(TypedCode(who="anna"))
    with pytest.raises(ShownToUser, match=r"wait \d+ minute") as refusal:
        count_typed_code(TypedCode(who="anna"))
    assert (refusal.value.status, refusal.value.final) == (429, False)
    count_typed_code(TypedCode(who="berta"))


def test_many_people_together_have_a_limit_in_each_effort() -> None:
    crowded, quiet = make_effort(), make_effort()
    for number in range(EVERYBODY.attempts):
        count_typed_code(TypedCode(who=f"person {number}", effort=crowded))
    with pytest.raises(ShownToUser):
        count_typed_code(TypedCode(who="one more", effort=crowded))
    count_typed_code(TypedCode(who="one more", effort=quiet))


def test_a_right_code_takes_nothing_from_the_others() -> None:
    attempt = TypedCode(who="anna")
    count_typed_code(attempt)
    forgive_typed_code(attempt)
    forgive_typed_code(attempt)
    assert AttemptCount.objects.get(scope="everybody").count == 0


def test_the_next_window_begins_at_nothing_and_old_counts_go(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(ONE_PERSON.attempts):
        count_typed_code(TypedCode(who="anna"))
    later = timezone.now() + timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    count_typed_code(TypedCode(who="anna"))
    assert forget_old_attempts() == 2
    assert AttemptCount.objects.count() == 2


def test_no_count_tells_whose_it_is() -> None:
    count_typed_code(TypedCode(who="a-session-key"))
    assert not AttemptCount.objects.filter(scope__contains="a-session-key").exists()


def test_what_cannot_be_counted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> bool:
        raise OSError("no database")

    monkeypatch.setattr(attempts, "count_one", broken)
    with pytest.raises(OSError):
        count_typed_code(TypedCode(who="anna"))


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_moment_do_not_share_the_last_one() -> None:
    refused, together = [], threading.Barrier(14)

    def attempt() -> None:
        together.wait()
        try:
            count_typed_code(TypedCode(who="anna"))
        except ShownToUser as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(refused) == 14 - ONE_PERSON.attempts
