"""Jobs and timers of recruitment; the work itself is in services."""

from __future__ import annotations

from typing import Any

from core.jobs import job
from core.timers import timer
from recruitment.channels.mturk import MturkChannel
from recruitment.channels.mturk_api import has_keys
from recruitment.channels.prolific import ProlificChannel
from recruitment.channels.prolific_api import has_token
from recruitment.models import Effort, MturkHit
from recruitment.services.anomaly_search import look_everywhere
from recruitment.services.attempts import forget_old_attempts
from recruitment.services.decisions import SEND_DECISION, deliver_decision
from recruitment.services.hits import MAKE_HIT, make_hit
from recruitment.services.identities import purge_identities
from recruitment.services.payments import SEND_PAYMENT, deliver_payment
from recruitment.services.reconciling import reconcile_all, reconcile_effort
from recruitment.services.reconciling_jobs import RECONCILE


@timer(name="ask Prolific", every_s=600)
def ask_prolific_now_and_then() -> None:
    if has_token():
        reconcile_all(channel=ProlificChannel.name)


@timer(name="purge provider ids", every_s=86_400)
def purge_identities_daily() -> None:
    purge_identities()


@timer(name="ask Mechanical Turk", every_s=600)
def ask_mechanical_turk_now_and_then() -> None:
    if has_keys():
        reconcile_all(channel=MturkChannel.name)


@job(kind=MAKE_HIT, queue="cpu", time_limit_s=300)
def make_hit_asked_for(payload: dict[str, Any]) -> None:
    make_hit(hit=MturkHit.objects.get(pk=payload["hit"]))


@job(kind=RECONCILE, queue="cpu", time_limit_s=1_800)
def reconcile_asked_for(payload: dict[str, Any]) -> None:
    reconcile_effort(effort=Effort.objects.get(pk=payload["effort"]))


@job(kind=SEND_DECISION, queue="cpu", time_limit_s=120)
def send_decision(payload: dict[str, Any]) -> None:
    deliver_decision(decision_id=payload["decision_id"])


@job(kind=SEND_PAYMENT, queue="cpu", time_limit_s=120)
def send_payment(payload: dict[str, Any]) -> None:
    deliver_payment(payment_id=payload["payment_id"])


@timer(name="look for anomalies", every_s=300)
def look_for_anomalies_now_and_then() -> None:
    look_everywhere()


@timer(name="forget typed codes", every_s=86_400)
def forget_old_attempts_daily() -> None:
    forget_old_attempts()
