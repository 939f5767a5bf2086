"""The pages of an effort: numbers, the one next action, settings that are checked and audited."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Role
from core.errors import ShownToUser
from recruitment.models import Effort, WorkUnit
from recruitment.overview import funnel_of, next_action, sums_of, waiting_in
from recruitment.services.decisions import decide, mark_sent
from recruitment.services.efforts import choose_channel
from tests.factories import make_campaign, make_participant, make_user
from tests.recruitment.efforts import make_paid_effort, make_submission

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("channel")]

SETTINGS = {
    "units_wanted": "2",
    "reward": "4.50",
    "currency": "gbp",
    "identities_kept_days": "30",
    "approve_when": "k_accepted",
    "accepted_needed": "2",
    "reject_after": "2",
    "reject_reason": "qc_failed_twice",
}


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(make_user(role=Role.ADMIN))
    return client


def save(client: Client, effort: Effort, **changes: str) -> str:
    answer = client.post(reverse("effort-settings", args=[effort.pk]), SETTINGS | changes, follow=True)
    effort.refresh_from_db()
    return answer.content.decode()


def test_the_next_action_follows_what_waits() -> None:
    effort = make_paid_effort()

    def sentence() -> str:
        return next_action(effort=effort, waiting=waiting_in(effort)).sentence

    assert sentence().startswith("Nothing waits for you.")
    doubtful = make_submission(effort=effort, takes="w")
    assert sentence() == "1 take waits for review."
    clear = make_submission(effort=effort)
    assert sentence() == "1 submission can be decided by your rules."
    for submission in (doubtful, clear):
        decide(submission=submission, verdict="approve", actor=None)
    assert sentence() == "1 take waits for review."
    WorkUnit.objects.update(state=WorkUnit.State.APPROVED)
    assert sentence() == "2 decisions not yet with the platform."
    mark_sent(decisions=clear.decisions.all() | doubtful.decisions.all())
    assert sentence() == "2 payments owed."


def test_the_funnel_counts_each_step() -> None:
    effort = make_paid_effort(units_wanted=2)
    make_participant(effort=effort)
    make_submission(effort=effort, takes="a")
    make_submission(effort=effort, takes="", state="returned")
    decide(submission=make_submission(effort=effort, takes="aa"), verdict="approve", actor=None)
    assert [(step.title, step.count) for step in funnel_of(effort)] == [
        ("Arrived from the platform", 3),
        ("Agreed and began", 4),
        ("Finished something", 2),
        ("Finished all 2", 1),
        ("Submitted", 2),
        ("Approved", 1),
    ]
    assert sums_of(effort).owed == "4.50 GBP"


def test_the_overview_shows_link_and_code_to_scan(admin_client: Client) -> None:
    campaign = make_campaign(slug="spoken")
    page = admin_client.get(reverse("effort", args=[campaign.effort_id])).content.decode()
    assert "http://testserver/c/spoken/" in page
    assert "<svg" in page


def test_settings_are_stored_and_the_change_is_in_the_audit_log(admin_client: Client) -> None:
    effort = make_paid_effort(reward_minor=100)
    assert "Saved." in save(admin_client, effort)
    assert (effort.reward_minor, effort.currency, effort.decision_rules["accepted_needed"]) == (450, "GBP", 2)
    entry = AuditEntry.objects.get(action="effort.change")
    assert entry.details["reward_minor"] == {"from": 100, "to": 450}
    assert "Nothing was changed." in save(admin_client, effort)
    assert AuditEntry.objects.filter(action="effort.change").count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("reward", "4.505", "is no amount in GBP"),
        ("currency", "XXQ", "is no currency"),
        ("units_wanted", "0", "greater than or equal to 1"),
        ("reject_reason", "own_words", "not one of the available choices"),
    ],
)
def test_settings_that_make_no_sense_are_marked(
    admin_client: Client, field: str, value: str, words: str
) -> None:
    effort = make_paid_effort(reward_minor=100)
    page = save(admin_client, effort, **{field: value})
    assert words in page
    assert "Nothing was saved yet" in page
    assert effort.reward_minor == 100


def test_yen_have_no_decimals(admin_client: Client) -> None:
    effort = make_paid_effort()
    save(admin_client, effort, currency="JPY", reward="450")
    assert effort.reward_minor == 450
    assert re.search(
        'name="reward" value="450"',
        admin_client.get(reverse("effort-settings", args=[effort.pk])).content.decode(),
    )


def test_each_channel_says_what_it_keeps_and_gets_it_back(admin_client: Client) -> None:
    effort = make_paid_effort(channel="prolific")
    code = {"channel-completed_code": "C1ABCDEF"}
    save(admin_client, effort, **code)
    assert effort.channel_settings["completed_code"] == "C1ABCDEF"
    assert AuditEntry.objects.get(action="effort.change").details["channel_settings"]
    assert "C1ABCDEF" not in str(AuditEntry.objects.values())


def test_the_channel_can_be_changed_until_the_first_submission(admin_client: Client) -> None:
    effort = make_paid_effort(channel="open")
    page = save(admin_client, effort, channel="prolific")
    assert "by Prolific now" in page
    assert (effort.channel, effort.reward_minor) == ("prolific", 450)
    make_submission(effort=effort)
    assert "1 submission has come through Prolific" in save(admin_client, effort, channel="open")
    effort.refresh_from_db()
    assert effort.channel == "prolific"


def test_an_unknown_channel_is_refused_by_name() -> None:
    with pytest.raises(ShownToUser, match="'pigeon' is no channel"):
        choose_channel(effort=make_paid_effort(), channel="pigeon", actor=make_user(role=Role.ADMIN))


def test_finished_work_of_an_open_link_is_taken_in_once(admin_client: Client) -> None:
    effort = make_paid_effort(channel="open", units_wanted=2)
    for takes in ("aa", "a"):
        make_submission(effort=effort, takes=takes)
    effort.submissions.all().delete()
    address = reverse("effort-take-in", args=[effort.pk])
    assert "1 submission taken in." in admin_client.post(address, follow=True).content.decode()
    assert "Nothing new" in admin_client.post(address, follow=True).content.decode()
