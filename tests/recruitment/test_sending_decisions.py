"""Sending decisions: on their way before the provider is called, told again after a crash, refusals kept."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from core.errors import RetryLater, ShownToUser
from core.models import Job
from core.runner import run_waiting
from core.sweeping import sweep
from recruitment.models import Decision, Effort, Payment
from recruitment.services.decisions import decide, deliver_decision, send_decisions, undo_decision
from tests.factories import make_user
from tests.recruitment.efforts import WORKER_ID, FakeChannel, make_paid_effort, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def effort(channel: FakeChannel) -> Effort:
    effort = make_paid_effort()
    for _ in range(2):
        decide(submission=make_submission(effort=effort), verdict="approve", actor=None)
    return effort


def send(effort: Effort) -> int:
    return send_decisions(effort=effort, actor=make_user(role=Role.ADMIN))


def states() -> list[str]:
    return list(Decision.objects.order_by("pk").values_list("state", flat=True))


def fail_with(channel: FakeChannel, error: Exception) -> None:
    def answer() -> None:
        channel.before_answer = lambda: None
        raise error

    channel.before_answer = answer


def test_each_decision_is_sent_once_however_often_one_asks(effort: Effort, channel: FakeChannel) -> None:
    assert (send(effort), send(effort)) == (2, 0)
    assert states() == ["sending", "sending"]
    run_waiting(worker="test")
    run_waiting(worker="test")
    assert states() == ["sent", "sent"]
    assert channel.told == ["approve", "approve"]


def test_a_worker_that_died_after_the_call_tells_the_provider_again(
    effort: Effort,
    channel: FakeChannel,
) -> None:
    send(effort)
    fail_with(channel, KeyboardInterrupt())
    pk = Decision.objects.order_by("pk").values_list("pk", flat=True)[0]
    with pytest.raises(KeyboardInterrupt):
        deliver_decision(decision_id=pk)
    assert states() == ["sending", "sending"]
    deliver_decision(decision_id=pk)
    deliver_decision(decision_id=pk)
    assert states() == ["sent", "sending"]
    assert channel.told == ["approve", "approve"]


def test_the_sweep_takes_up_what_a_killed_worker_left(effort: Effort, channel: FakeChannel) -> None:
    send(effort)
    fail_with(channel, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_waiting(worker="killed")
    Job.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep()
    run_waiting(worker="next")
    assert states() == ["sent", "sent"]
    assert len(channel.told) == 3


def test_a_provider_that_is_away_is_asked_later(effort: Effort, channel: FakeChannel) -> None:
    send(effort)
    fail_with(channel, RetryLater("away", delay_s=0))
    with pytest.raises(RetryLater):
        run_waiting(worker="test")
    assert states()[0] == "sending"
    run_waiting(worker="test")
    assert states() == ["sent", "sent"]


def test_a_refusal_is_kept_without_ids_and_can_be_sent_again(effort: Effort, channel: FakeChannel) -> None:
    fail_with(channel, ShownToUser(f"{WORKER_ID} has returned this."))
    send(effort)
    run_waiting(worker="test")
    refused = Decision.objects.get(state="failed")
    assert refused.refusal == "[id] has returned this."
    assert send(effort) == 1
    run_waiting(worker="test")
    assert states() == ["sent", "sent"]


def test_what_is_on_its_way_cannot_be_undone_and_what_was_undone_is_not_sent(
    effort: Effort,
    channel: FakeChannel,
) -> None:
    first, second = Decision.objects.order_by("pk")
    undo_decision(decision=first, actor=None)
    assert send(effort) == 1
    with pytest.raises(ShownToUser, match="on its way"):
        undo_decision(decision=second, actor=None)
    run_waiting(worker="test")
    assert channel.told == ["approve"]


def test_where_the_provider_pays_the_reward_goes_with_the_approval(
    effort: Effort, channel: FakeChannel
) -> None:
    channel.pays_rewards = True
    send(effort)
    run_waiting(worker="test")
    assert set(Payment.objects.values_list("state", flat=True)) == {"sent"}
    assert channel.transfers == 0


def test_jobs_carry_our_own_ids_only(effort: Effort, channel: FakeChannel) -> None:
    send(effort)
    rows = str(list(Job.objects.values()))
    assert "REFERENCE" not in rows
    assert WORKER_ID not in rows


@pytest.mark.parametrize("job_state", ["quarantined", "cancelled"])
def test_a_decision_whose_job_has_stopped_is_shown_and_sent_again(
    effort: Effort, channel: FakeChannel, client: Client, job_state: str
) -> None:
    client.force_login(make_user(role=Role.ADMIN))
    send(effort)
    Job.objects.filter(pk=Job.objects.earliest("pk").pk).update(state=job_state)
    run_waiting(worker="test")
    assert states() == ["sending", "sent"]
    page = client.get(reverse("effort-decisions", args=[effort.pk])).content.decode()
    assert "1 stuck" in page and "Send 1 to Fake platform" in page
    assert (send(effort), send(effort)) == (1, 0)
    run_waiting(worker="test")
    assert (states(), channel.told) == (["sent", "sent"], ["approve", "approve"])
