"""The page of an effort on Prolific: the address to paste, what the list said, and asking again in a worker."""

from typing import Any

import pytest
from django.test import Client

from core.runner import run_waiting
from recruitment.models import Submission
from recruitment.services.identities import purge_identities
from tests.factories import make_user
from tests.recruitment.prolific_people import (
    COMPLETED,
    make_prolific_campaign,
    reference,
    work_as,
    worker_id,
)
from tests.recruitment.prolific_server import FakeProlific

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(role="admin"))
    return client


def page(admin: Client, effort: Any) -> str:
    return admin.get(f"/recruitment/{effort.pk}/prolific").content.decode()


def test_the_address_to_paste_has_prolifics_placeholders(admin: Client) -> None:
    campaign = make_prolific_campaign()
    wanted = (
        f"http://testserver/c/{campaign.slug}/?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}"
        "&amp;STUDY_ID={{%STUDY_ID%}}&amp;SESSION_ID={{%SESSION_ID%}}"
    )
    assert wanted in page(admin, campaign.effort)


def test_asking_now_is_done_by_a_worker_and_shown(admin: Client, prolific: FakeProlific) -> None:
    effort = make_prolific_campaign().effort
    work_as(1, effort=effort)
    prolific.add(reference=reference(1), worker=worker_id(1))
    prolific.finish(reference(1), code=COMPLETED)
    work_as(2, effort=effort)
    prolific.add(reference=reference(2), worker=worker_id(2))
    admin.post(f"/recruitment/{effort.pk}/prolific/ask")
    assert "Prolific is being asked" in page(admin, effort)
    assert run_waiting(worker="test") >= 1
    text = page(admin, effort)
    assert "2 submissions listed, 2 changed here" in text
    assert "1 finished, 0 not finished, 0 not agreed, 0 without a code" in text
    assert "awaiting review" in text
    assert not any(found in text for found in (worker_id(1), reference(1)))


def test_without_a_token_the_page_says_what_still_works(admin: Client, settings: Any) -> None:
    settings.PROLIFIC_TOKEN = ""
    effort = make_prolific_campaign().effort
    assert "REALM_PROLIFIC_TOKEN" in page(admin, effort)
    assert "Ask Prolific now" not in page(admin, effort)
    assert admin.post(f"/recruitment/{effort.pk}/prolific/ask").status_code == 409


def test_trouble_at_the_last_asking_is_shown(admin: Client, prolific: FakeProlific) -> None:
    effort = make_prolific_campaign().effort
    prolific.troubles = [(401, {})]
    admin.post(f"/recruitment/{effort.pk}/prolific/ask")
    with pytest.raises(Exception, match="does not accept the API token"):
        run_waiting(worker="test")
    assert "does not accept the API token" in page(admin, effort)


def test_the_page_says_when_ids_were_purged(admin: Client) -> None:
    effort = make_prolific_campaign(identities_kept_days=0).effort
    work_as(1, effort=effort)
    Submission.objects.update(state=Submission.State.RETURNED)
    assert "None was purged yet" in page(admin, effort)
    purge_identities()
    assert "Last purged on" in page(admin, effort)


def test_an_effort_on_another_channel_has_no_such_page(admin: Client) -> None:
    effort = make_prolific_campaign(channel="open").effort
    assert admin.get(f"/recruitment/{effort.pk}/prolific").status_code == 404
