"""Prolific: people come with three ids in the address and go back with a completion code; decided by its API."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime

from core.errors import ShownToUser
from recruitment.channels.contract import Arrival, Channel, Departure, Listed, Reconciliation
from recruitment.channels.prolific_api import AtProlific, ProlificApi, prolific_api
from recruitment.channels.prolific_bonus import pay_bonus_once, payments_confirmed_by
from recruitment.forms.platform_settings import ProlificSettingsForm
from recruitment.models import Decision, Effort, Payment, Submission
from recruitment.rules.reasons import category_of
from recruitment.services.identities import identity_of
from recruitment.services.submissions import FINISHED_AT_PROVIDER, bring_into_line

PERSON, STUDY, SESSION = "PROLIFIC_PID", "STUDY_ID", "SESSION_ID"
PROVIDER_ID = re.compile(r"[0-9A-Za-z]{8,64}")
COMPLETION_PAGE = "https://app.prolific.com/submissions/complete"
SUBMISSIONS_PAGE = "https://app.prolific.com/submissions"
APPROVED_BY_PROLIFIC_AFTER = timedelta(days=21)
SHORTEST_REJECTION_CHARACTERS = 100
INVITATION = (
    " If you think that this is a mistake, please write to us through Prolific: we look at every case again."
)
State = Submission.State
STATES = {
    "RESERVED": State.ENTERED,
    "ACTIVE": State.ENTERED,
    "AWAITING REVIEW": State.SUBMITTED,
    "PROCESSING": State.SUBMITTED,
    "APPROVED": State.APPROVED,
    "PARTIALLY APPROVED": State.APPROVED,
    "REJECTED": State.REJECTED,
    "RETURNED": State.RETURNED,
    "TIMED OUT": State.RETURNED,
    "SCREENED OUT": State.RETURNED,
}
STATE_AFTER = {Decision.Verdict.APPROVE.value: State.APPROVED, Decision.Verdict.REJECT.value: State.REJECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProlificSettings:
    """What the admin copies between Prolific's pages and ours; none of it names a person."""

    study_id: str = ""
    completed_code: str = ""
    screened_out_code: str = ""
    no_consent_code: str = ""

    @classmethod
    def of(cls, effort: Effort) -> ProlificSettings:
        return cls(**{name: str(effort.channel_settings.get(name, "")) for name in cls.__slots__})


class ProlificChannel(Channel):
    name = "prolific"
    title = "Prolific"
    describes = (
        "Paid people from Prolific. They arrive with their submission, leave with a completion code, and are "
        "approved, rejected and given a bonus from here where an API token is set."
    )
    has_api = True
    pays_rewards = True
    lists_who_gave_up = True
    undo_window = timedelta(days=21)  # later ones are taken back on Prolific's own pages
    pages = (("effort-prolific", "Prolific"),)
    settings_form = ProlificSettingsForm

    def enter(self, *, effort: Effort, parameters: Mapping[str, str]) -> Arrival | None:
        given = {name: parameters.get(name, "").strip() for name in (PERSON, STUDY, SESSION)}
        if not any(given.values()):
            return None
        for name, value in given.items():
            refuse_bad_parameter(name, value)
        expected = ProlificSettings.of(effort).study_id
        if expected and given[STUDY] != expected:
            raise from_prolific_only("This link belongs to another study on Prolific.", code="other_study")
        return Arrival(worker_id=given[PERSON], reference=given[SESSION], group=given[STUDY])

    def turn_away(self) -> ShownToUser:
        return from_prolific_only("This work is offered on Prolific.", code="not_from_prolific")

    def finish(self, *, submission: Submission | None, effort: Effort, units_done: int) -> Departure:
        if submission is None:
            return Departure(
                sentence="You came here without a Prolific submission, so nothing is sent to Prolific."
            )
        if units_done < effort.units_wanted:
            return Departure(
                sentence=f"{units_done} of {effort.units_wanted} done. When all are stored, this page takes you "
                "back to Prolific."
            )
        return way_back(
            code=ProlificSettings.of(effort).completed_code,
            sentence="All done, and everything is stored. One step is left: tell Prolific that you have finished.",
            label="Back to Prolific, finished",
        )

    def leave(self, *, effort: Effort, has_consented: bool) -> Departure:
        chosen = ProlificSettings.of(effort)
        if not has_consented:
            sentence = "You do not agree, and that is fine: nothing was recorded."
            return way_back(
                code=chosen.no_consent_code, sentence=sentence, label="Back to Prolific, not agreed"
            )
        sentence = "There is no more work for you here at the moment, so not all of it could be done."
        return way_back(
            code=chosen.screened_out_code, sentence=sentence, label="Back to Prolific, not finished"
        )

    def reconcile(self, *, effort: Effort) -> Reconciliation:
        """Read the study's list; submissions that came to us under another address are found by their person."""
        study_id = ProlificSettings.of(effort).study_id
        if not study_id:
            raise ShownToUser(
                "This effort has no study id yet: copy it from the address of the study on Prolific.",
                code="study_id_missing",
                field="study_id",
            )
        api, outcome, statuses = prolific_api(), Reconciliation(), Counter[str]()
        for found in api.submissions_of(study_id=study_id):
            outcome.seen += 1
            statuses[found.status] += 1
            if found.status in STATES:
                bring_into_line(effort=effort, listed=listed(found, effort=effort), outcome=outcome)
        unknown = sorted(set(statuses) - set(STATES))
        outcome.problems += [f"{statuses[name]} with the unknown status {name!r}" for name in unknown]
        outcome.paid += payments_confirmed_by(api, effort=effort)
        return outcome

    def decide(self, *, decision: Decision) -> None:
        """Asked first, because the call may have gone through before an answer was lost."""
        api = prolific_api()
        reference = identity_of(decision.submission).reference
        status = api.submission(reference=reference).status
        if STATES.get(status) == STATE_AFTER[decision.verdict]:
            return
        if status == "REJECTED":
            api.transition(reference=reference, action="UNREJECT")
        try:
            send(api, reference, decision)
        except ShownToUser as refusal:
            if refusal.code != "provider_refused" or not has_decided(api, reference, decision):
                raise

    def pay(self, *, payment: Payment) -> str:
        """A reward is paid by approving; a bonus is set up and then paid, once."""
        api = prolific_api()
        if payment.kind == Payment.Kind.REWARD:
            return reward_paid_by_approval(api, payment)
        study_id = ProlificSettings.of(payment.submission.effort).study_id
        return pay_bonus_once(api, payment=payment, study_id=study_id)


def refuse_bad_parameter(name: str, value: str) -> None:
    """Says what is wrong with a part of the address, without repeating it: it may name a person."""
    if "{{" in value or "%" in value:
        raise from_prolific_only(
            f"The study's link was pasted without its placeholders being filled in ({name}).",
            code="placeholder_not_filled",
        )
    if not PROVIDER_ID.fullmatch(value):
        state = "has an id that cannot be" if value else f"lacks {name}"
        raise from_prolific_only(f"The address {state} ({name}).", code="arrival_incomplete")


def from_prolific_only(what: str, *, code: str) -> ShownToUser:
    return ShownToUser(
        f"{what} Please open it from your own page on Prolific: choose the study there and press its button.",
        code=code,
        status=403,
    )


def way_back(*, code: str, sentence: str, label: str) -> Departure:
    """Without a code of its own an outcome ends on the person's page at Prolific, where they can return it."""
    if code:
        link = f"{COMPLETION_PAGE}?{urlencode({'cc': code})}"
        return Departure(sentence=sentence, link=link, link_label=label, code=code)
    return Departure(
        sentence=f"{sentence} No completion code was set for this: on Prolific choose “I have no code”, or return "
        "the submission if you did not finish. What you did is stored with your submission.",
        link=SUBMISSIONS_PAGE,
        link_label="Your submissions on Prolific",
    )


def listed(found: AtProlific, *, effort: Effort) -> Listed:
    submitted_at = parse_datetime(found.completed_at) if found.completed_at else None
    state = STATES[found.status]
    waits = state == State.SUBMITTED and submitted_at is not None
    return Listed(
        reference=found.reference,
        worker_id=found.worker_id,
        state=state,
        submitted_at=submitted_at,
        decided_by_provider_at=submitted_at + APPROVED_BY_PROLIFIC_AFTER if waits and submitted_at else None,
        details=details_of(found, effort=effort),
    )


def details_of(found: AtProlific, *, effort: Effort) -> dict[str, str]:
    """Who is still at work, or gave up, has entered no code yet; that is nothing to count."""
    details = {"provider_state": found.status}
    if found.entered_code or STATES[found.status] in FINISHED_AT_PROVIDER:
        details["code"] = kind_of_code(found.entered_code, effort=effort)
    return details


def kind_of_code(entered: str, *, effort: Effort) -> str:
    """Which outcome the code stands for; never the code itself, because people paste anything there."""
    if entered in ("", "NOCODE", "None"):
        return "none"
    chosen = ProlificSettings.of(effort)
    outcomes = {
        chosen.no_consent_code: "no consent",
        chosen.screened_out_code: "screened out",
        chosen.completed_code: "completed",
    }
    return outcomes.get(entered, "other")


def has_decided(api: ProlificApi, reference: str, decision: Decision) -> bool:
    return STATES.get(api.submission(reference=reference).status) == STATE_AFTER[decision.verdict]


def send(api: ProlificApi, reference: str, decision: Decision) -> None:
    if decision.verdict == Decision.Verdict.APPROVE:
        api.transition(reference=reference, action="APPROVE")
        return
    message, category = long_enough(decision.message), category_of(decision.reason_code)
    api.transition(reference=reference, action="REJECT", message=message, category=category)


def long_enough(message: str) -> str:
    """Prolific takes no rejection under 100 characters; what is added is an invitation, not padding."""
    return message if len(message) >= SHORTEST_REJECTION_CHARACTERS else f"{message.strip()}{INVITATION}"


def reward_paid_by_approval(api: ProlificApi, payment: Payment) -> str:
    found = api.submission(reference=identity_of(payment.submission).reference)
    if STATES.get(found.status) != State.APPROVED:
        raise ShownToUser(
            "Prolific pays the reward when the submission is approved: approve it first.",
            code="not_approved_yet",
            status=409,
        )
    return "approval"
