"""The open link: anybody who has it takes part; nobody is known, nobody is paid by us."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import ShownToUser
from recruitment.channels.contract import Arrival, Channel, Departure, Reconciliation
from recruitment.forms.platform_settings import OpenSettingsForm
from recruitment.models import Decision, Effort, Payment, Submission


class OpenChannel(Channel):
    name = "open"
    title = "Open link"
    describes = (
        "Anybody with the link or its QR code takes part. Stamps prove the work to whoever asks for them."
    )
    has_api = False
    tells_nobody = True
    settings_form = OpenSettingsForm

    def enter(self, *, effort: Effort, parameters: Mapping[str, str]) -> Arrival | None:
        return None

    def finish(self, *, submission: Submission | None, effort: Effort, units_done: int) -> Departure:
        if not effort.channel_settings.get("shows_stamps", True):
            return Departure(sentence="Thank you. Everything is stored.", shows_stamps=False)
        return Departure(sentence="Thank you. Your work stamps prove what you did to whoever asks for them.")

    def reconcile(self, *, effort: Effort) -> Reconciliation:
        return Reconciliation()

    def decide(self, *, decision: Decision) -> None:
        """Nobody is told: a decision on an open link is for our own books."""

    def pay(self, *, payment: Payment) -> str:
        raise ShownToUser(
            "An open link has no provider that could pay. Export the ledger and pay outside Realm.",
            code="channel_cannot_pay",
        )
