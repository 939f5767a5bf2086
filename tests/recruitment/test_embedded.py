"""Our page in Mechanical Turk's frame: who gets in, what leaves, and that nothing of it holds for other pages."""

from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from collection.models import Campaign
from core.errors import ShownToUser
from recruitment import urls
from recruitment.models import Effort, Submission
from recruitment.rules.submit_addresses import submit_origin
from recruitment.services.embedding import ENTRY_LASTS_S, TICKET_LASTS_S, entry_token, holder_of
from recruitment.services.stamps import mint_stamp
from recruitment.services.submissions import bind_participant
from recruitment.services.work_units import record_finished_work
from tests.factories import make_campaign, make_participant, make_user
from tests.recruitment.turk import ASSIGNMENT, HIT_ID, TEXTS, WORKER

pytestmark = pytest.mark.django_db
SANDBOX = "https://workersandbox.mturk.com"
ORIGIN = "http://testserver"
ARRIVAL = {"assignmentId": ASSIGNMENT, "hitId": HIT_ID, "workerId": WORKER, "turkSubmitTo": SANDBOX}


@pytest.fixture
def campaign() -> Campaign:
    campaign = make_campaign()
    Effort.objects.filter(pk=campaign.effort_id).update(channel="mturk", channel_settings=TEXTS)
    campaign.effort.refresh_from_db()
    return campaign


def arrive(campaign: Campaign, **changed: str) -> Any:
    address = reverse("embedded", args=[campaign.effort_id])
    return Client().get(f"{address}?{urlencode(ARRIVAL | changed)}")


def ticket_of(campaign: Campaign) -> str:
    return str(arrive(campaign)["Location"].rpartition("/")[2])


def ask_state(ticket: str, **headers: str) -> Any:
    headers = {"Authorization": f"Session {ticket}", "Origin": ORIGIN, **headers}
    return Client(enforce_csrf_checks=True).post(reverse("embedded-state"), headers=headers)


def finish_work(submission: Submission) -> str:
    participant = make_participant(effort=submission.effort)
    bind_participant(submission=submission, participant=participant)
    work = record_finished_work(participant=participant, subject="recording:1", evidence={})
    return mint_stamp(work_unit=work)


def test_a_preview_shows_the_task_and_no_form(campaign: Campaign) -> None:
    page = arrive(campaign, assignmentId="ASSIGNMENT_ID_NOT_AVAILABLE")
    assert TEXTS["description"] in page.text and "<form" not in page.text
    assert not Submission.objects.exists()


def test_whoever_accepted_is_sent_to_an_address_that_names_nobody(campaign: Campaign) -> None:
    answer = arrive(campaign)
    assert answer.status_code == 303 and answer["Referrer-Policy"] == "no-referrer"
    assert not any(secret in answer["Location"] for secret in (WORKER, ASSIGNMENT, HIT_ID))


def test_the_form_goes_to_the_marketplace_that_sent_them(campaign: Campaign) -> None:
    page = Client().get(reverse("embedded-task", args=[ticket_of(campaign)]))
    assert f'action="{SANDBOX}/mturk/externalSubmit"' in page.text
    assert f'name="assignmentId" value="{ASSIGNMENT}"' in page.text and 'name="surveycode"' in page.text


def test_no_cookie_is_set_in_the_frame(campaign: Campaign) -> None:
    ticket = ticket_of(campaign)
    answers = [arrive(campaign), Client().get(reverse("embedded-task", args=[ticket])), ask_state(ticket)]
    assert not any(answer.cookies for answer in answers)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example",
        "http://www.mturk.com",
        "https://www.mturk.com.evil.example",
        "https://www.mturk.com@evil.example",
        "https://evil.example/www.mturk.com",
        "https://www.mturk.com:8443",
        "https://www.mturk.com/elsewhere",
        "//www.mturk.com",
        "javascript:alert(1)",
        "https://[",
    ],
)
def test_any_other_submit_address_is_refused(campaign: Campaign, address: str) -> None:
    answer = arrive(campaign, turkSubmitTo=address)
    assert answer.status_code == 403 and "not Mechanical Turk" in unescape(answer.text)
    assert "evil" not in answer.text and not Submission.objects.exists()


def test_the_submit_address_is_taken_from_the_list() -> None:
    allowed = ["https://www.mturk.com", SANDBOX]
    assert submit_origin("https://WWW.mturk.com/", allowed=allowed) == "https://www.mturk.com"
    with pytest.raises(ShownToUser):
        submit_origin("https://www.mturk.com?x=1", allowed=allowed)


def test_an_id_of_the_wrong_form_is_refused_without_repeating_it(campaign: Campaign) -> None:
    answer = arrive(campaign, workerId="<script>")
    assert answer.status_code == 403 and "workerId" in answer.text and "script>" not in answer.text


def test_an_effort_that_is_not_on_mechanical_turk_has_no_such_page() -> None:
    assert arrive(make_campaign()).status_code == 404


def test_only_this_page_may_stand_in_their_frame(campaign: Campaign) -> None:
    inside = Client().get(reverse("embedded-task", args=[ticket_of(campaign)]))
    outside = Client().get(reverse("campaign", args=[campaign.slug]))
    policy = inside["Content-Security-Policy"]
    assert "frame-ancestors https://*.mturk.com https://*.mturkcontent.com" in policy
    assert f"form-action https://www.mturk.com {SANDBOX}" in policy
    assert "X-Frame-Options" not in inside and outside["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in outside["Content-Security-Policy"]
    assert "form-action 'self'" in outside["Content-Security-Policy"]


def test_the_state_shows_the_stamps_when_all_work_is_done(campaign: Campaign) -> None:
    ticket = ticket_of(campaign)
    before = ask_state(ticket).json()
    code = finish_work(Submission.objects.get())
    after = ask_state(ticket).json()
    assert (before["is_done"], before["stamps"]) == (False, [])
    assert (after["is_done"], after["stamps"]) == (True, [code])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Session forged"}, 401),
        ({"Authorization": ""}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_without_its_ticket_or_from_elsewhere_the_state_is_secret(
    campaign: Campaign, headers: dict[str, str], status: int
) -> None:
    answer = ask_state(ticket_of(campaign), **headers)
    assert answer.status_code == status and "stamps" not in answer.json()


def test_the_new_tab_works_for_the_submission_and_names_nobody(campaign: Campaign) -> None:
    entry = ask_state(ticket_of(campaign)).json()["entry_address"]
    browser = Client()
    answer = browser.get(entry)
    assert answer["Location"] == reverse("campaign", args=[campaign.slug])
    assert not any(secret in entry for secret in (WORKER, ASSIGNMENT, HIT_ID))
    remembered = browser.session[f"submission_of_effort_{campaign.effort_id}"]
    assert remembered == str(Submission.objects.get().public_id)


def test_an_entry_runs_out_and_is_no_ticket(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    holder_of(ticket_of(campaign))
    token = entry_token(submission=Submission.objects.get())
    assert ask_state(token).status_code == 401
    monkeypatch.setattr("recruitment.services.embedding.ENTRY_LASTS_S", -1)
    assert Client().get(reverse("embedded-enter", args=[token])).status_code == 410
    assert ENTRY_LASTS_S < TICKET_LASTS_S


def test_a_person_takes_part_once(campaign: Campaign) -> None:
    ticket_of(campaign)
    finish_work(Submission.objects.get())
    Submission.objects.update(state=Submission.State.SUBMITTED)
    answer = arrive(campaign, assignmentId="3ANOTHER000000000001")
    assert answer.status_code == 409 and "taken part" in answer.text


def test_only_the_state_is_without_csrf_protection() -> None:
    """The import of a file chooses its upload handler first and then checks the token itself."""
    views = {
        pattern.name: pattern.callback for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)
    }
    exempt = {name for name, view in views.items() if getattr(view, "csrf_exempt", False)}
    assert exempt == {"embedded-state", "effort-import"}
    admin = Client(enforce_csrf_checks=True)
    admin.force_login(make_user(role="admin"))
    refused = admin.post(reverse("effort-import", args=[make_campaign().effort_id]))
    assert refused.status_code == 403 and "CSRF" in refused.text
