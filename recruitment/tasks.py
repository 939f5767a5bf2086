"""Timers of recruitment; the work itself is in services."""

from __future__ import annotations

from core.timers import timer
from recruitment.channels.prolific import ProlificChannel
from recruitment.channels.prolific_api import has_token
from recruitment.services.identities import purge_identities
from recruitment.services.reconciling import reconcile_all


@timer(name="ask Prolific", every_s=600)
def ask_prolific_now_and_then() -> None:
    if has_token():
        reconcile_all(channel=ProlificChannel.name)


@timer(name="purge provider ids", every_s=86_400)
def purge_identities_daily() -> None:
    purge_identities()
