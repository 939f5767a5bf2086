"""Any other platform: a link out, a results file back, the same file with our decisions in it as the answer."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import ShownToUser
from recruitment.channels.contract import Arrival, Channel, Departure, Reconciliation
from recruitment.forms.csv_settings import CsvSettingsForm
from recruitment.models import Decision, Effort, Payment, Submission

LONGEST_ID = 200


class CsvChannel(Channel):
    name = "csv"
    title = "Platform with files"
    describes = (
        "People of any platform bring their work stamps. Its results file is imported, decided on here, and "
        "exported again with the decisions in it."
    )
    has_api = False
    pages = (("effort-import", "Results files"),)
    settings_form = CsvSettingsForm

    def enter(self, *, effort: Effort, parameters: Mapping[str, str]) -> Arrival | None:
        """Whom the platform's parameters name; None where it adds none, or where this link has none."""
        names = effort.channel_settings
        worker = parameters.get(names.get("worker_parameter") or "", "").strip()
        if not worker:
            return None
        reference = parameters.get(names.get("submission_parameter") or "", "").strip() or worker
        for name, value in (("worker_parameter", worker), ("submission_parameter", reference)):
            if len(value) > LONGEST_ID:
                raise ShownToUser(
                    f"The address has a '{names.get(name)}' that is too long to be an id. "
                    "Please open the task from the platform's own page.",
                    code="arrival_incomplete",
                    field=name,
                    status=403,
                )
        return Arrival(worker_id=worker, reference=reference)

    def finish(self, *, submission: Submission | None, effort: Effort, units_done: int) -> Departure:
        if units_done < effort.units_wanted:
            return Departure(sentence=f"{units_done} of {effort.units_wanted} done. Please go on.")
        where = effort.channel_settings.get("paste_where") or "the task on the platform you came from"
        return Departure(
            sentence=f"All done, and everything is stored. Copy your work stamps into {where} and submit it there."
        )

    def reconcile(self, *, effort: Effort) -> Reconciliation:
        """There is nobody to ask: what the platform knows stands in its next results file."""
        return Reconciliation()

    def decide(self, *, decision: Decision) -> None:
        raise ShownToUser(
            "This platform is told by a file: export the results file with the decisions, and upload it there.",
            code="told_by_file",
        )

    def pay(self, *, payment: Payment) -> str:
        raise ShownToUser(
            "This platform pays by itself or is paid by hand: export the ledger, and confirm what was paid.",
            code="channel_cannot_pay",
        )
