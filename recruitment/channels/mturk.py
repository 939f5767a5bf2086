"""Mechanical Turk: a link and a stamp, or our page in its frame; decided and paid by its API or by results files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings

from core.errors import RetryLater, ShownToUser
from recruitment.channels.bonuses import equal_bonuses, is_shown
from recruitment.channels.contract import Arrival, Channel, Departure, Listed, Reconciliation
from recruitment.channels.mturk_api import Assignment, MturkApi, Refused, mturk_api
from recruitment.forms.mturk_settings import MturkSettingsForm
from recruitment.models import Decision, Effort, MturkHit, Payment, Submission
from recruitment.pseudonyms import provider_digest
from recruitment.rules.mturk_answers import UnreadableAnswer, stamps_in
from recruitment.rules.mturk_costs import cents_of, dollars
from recruitment.services.identities import has_identity, identity_of
from recruitment.services.posted_hits import note_posted
from recruitment.services.stamps import claim_stamp
from recruitment.services.submissions import bring_into_line

PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
PROVIDER_ID = re.compile(r"[A-Z0-9]{1,64}")
DEFAULT_REASON = "Thank you for your recordings."
State = Submission.State
STATES = {"Submitted": State.SUBMITTED, "Approved": State.APPROVED, "Rejected": State.REJECTED}


class MturkChannel(Channel):
    name = "mturk"
    title = "Mechanical Turk"
    describes = (
        "Workers of Amazon Mechanical Turk bring their work stamps. Decided and paid through its API where AWS keys "
        "are set, or with its results files. Amazon announced its closing for 30 September 2026."
    )
    has_api = True
    pays_rewards = True
    undo_window = timedelta(days=30)
    pages = (("effort-mturk", "Mechanical Turk"), ("effort-import", "Results files"))
    settings_form = MturkSettingsForm

    def enter(self, *, effort: Effort, parameters: Mapping[str, str]) -> Arrival | None:
        """None for a preview, and for the link of the HIT, which names nobody."""
        assignment, worker = parameters.get("assignmentId", ""), parameters.get("workerId", "")
        if assignment == PREVIEW or not (assignment or worker):
            return None
        for name, value in (("assignmentId", assignment), ("workerId", worker)):
            refuse_bad_id(name, value)
        group = parameters.get("hitId", "")
        if group:
            refuse_bad_id("hitId", group)
        return Arrival(worker_id=worker, reference=assignment, group=group)

    def finish(self, *, submission: Submission | None, effort: Effort, units_done: int) -> Departure:
        if units_done < effort.units_wanted:
            return Departure(sentence=f"{units_done} of {effort.units_wanted} done. Please go on.")
        if submission is not None:
            return Departure(
                sentence="All done, and everything is stored. Go back to the tab of Mechanical Turk: it submits your "
                "work stamps by itself. Should it not, copy them into its field and press Submit."
            )
        return Departure(
            sentence="All done, and everything is stored. Copy your work stamps into the field of the HIT on "
            "Mechanical Turk and press Submit there."
        )

    def reconcile(self, *, effort: Effort) -> Reconciliation:
        """Read every assignment of every HIT of this effort and claim the stamps in the answers. What Mechanical Turk
        refuses about one HIT, such as one it has deleted, is a problem to show and keeps no other waiting."""
        api, outcome = mturk_api(), Reconciliation()
        posted = effort.mturk_hits.exclude(hit_id="").filter(endpoint=settings.MTURK_ENDPOINT)
        for hit in posted.order_by("pk"):
            try:
                take_in_hit(api, hit=hit, outcome=outcome)
            except Refused as refusal:
                outcome.problems.append(f"HIT {hit.hit_id}: {refusal.message}")
        take_in_payments(api, effort=effort, outcome=outcome)
        return outcome

    def decide(self, *, decision: Decision) -> None:
        """A second telling is refused for the assignment's status; then that status decides."""
        api, assignment_id = mturk_api(), identity_of(decision.submission).reference
        wants_approval = decision.verdict == Decision.Verdict.APPROVE
        try:
            if wants_approval:
                api.approve(assignment_id=assignment_id)
            else:
                api.reject(assignment_id=assignment_id, feedback=decision.message)
        except Refused as refusal:
            if not refusal.is_about_status:
                raise
            settle_refusal(api, assignment_id, wants_approval=wants_approval)

    def pay(self, *, payment: Payment) -> str:
        """The reward goes with the approval; a bonus once, because it is looked up before it is sent."""
        api, identity = mturk_api(), identity_of(payment.submission)
        if payment.kind == Payment.Kind.REWARD:
            return reward_by_approval(api, identity.reference)
        wait_for_equal_one(payment)
        if not is_bonus_paid(api, payment, assignment_id=identity.reference):
            send_bonus(api, payment, worker_id=identity.worker_id, assignment_id=identity.reference)
        return payment.idempotency_key


def refuse_bad_id(name: str, value: str) -> None:
    """Says which part of the address is wrong, without repeating it: it may name a person."""
    if not PROVIDER_ID.fullmatch(value):
        raise ShownToUser(
            f"The address has no usable {name}. Please open the task from Mechanical Turk's own page.",
            code="arrival_incomplete",
            field=name,
            status=403,
        )


def take_in_hit(api: MturkApi, *, hit: MturkHit, outcome: Reconciliation) -> None:
    for found in api.assignments(hit_id=hit.hit_id):
        outcome.seen += 1
        take_in(effort=hit.effort, found=found, outcome=outcome)
    note_posted(hit=hit, posted=api.hit(hit_id=hit.hit_id))


def take_in(*, effort: Effort, found: Assignment, outcome: Reconciliation) -> None:
    """One assignment of the list: its state, and the first time also its answer."""
    if found.status not in STATES:
        outcome.problems.append(f"An assignment has the unknown status {found.status!r}.")
        return
    listed = Listed(
        reference=found.assignment_id,
        worker_id=found.worker_id,
        state=STATES[found.status],
        submitted_at=found.submitted_at,
        decided_by_provider_at=found.approved_by_turk_at,
        details={"provider_state": found.status},
    )
    bring_into_line(effort=effort, listed=listed, outcome=outcome)
    digest = provider_digest(effort=effort, text=found.assignment_id, kind="reference")
    submission = effort.submissions.filter(reference_digest=digest).first()
    if submission is not None and "stamps_typed" not in submission.details:
        read_answer(submission, found.answer_xml, outcome=outcome)


def read_answer(submission: Submission, answer_xml: str, *, outcome: Reconciliation) -> None:
    """Claim what the person typed; that it was read is noted last, so that a crash reads it again."""
    try:
        codes = stamps_in(answer_xml) if answer_xml else []
    except UnreadableAnswer as problem:
        codes = []
        outcome.problems.append(f"Submission {submission.public_id}: {problem}")
    claimed = sum(is_claimed(submission, code) for code in codes)
    counts = {"stamps_typed": str(len(codes)), "stamps_claimed": str(claimed)}
    Submission.objects.filter(pk=submission.pk).update(details=submission.details | counts)


def is_claimed(submission: Submission, code: str) -> bool:
    """Whether the stamp is this submission's now; why not is noted as an anomaly by the claim."""
    key = f"submission:{submission.public_id}"
    try:
        claim_stamp(effort=submission.effort, code=code, submission=submission, idempotency_key=key)
    except ShownToUser:
        return False
    return True


def settle_refusal(api: MturkApi, assignment_id: str, *, wants_approval: bool) -> None:
    """Told before, or taken back by an override; anything else is for a person to look at."""
    status = api.assignment(assignment_id=assignment_id).status
    if status == ("Approved" if wants_approval else "Rejected"):
        return
    if status == "Rejected":
        api.approve(assignment_id=assignment_id, overrides_rejection=True)
        return
    raise ShownToUser(
        f"Mechanical Turk has this assignment as {status.lower()}. An approval cannot be taken back there; "
        "a rejection only within 30 days.",
        code="decided_otherwise",
        status=409,
    )


def reward_by_approval(api: MturkApi, assignment_id: str) -> str:
    if api.assignment(assignment_id=assignment_id).status != "Approved":
        raise ShownToUser(
            "Mechanical Turk pays the reward when the assignment is approved: approve it first.",
            code="not_approved_yet",
            status=409,
        )
    return "approval"


def wait_for_equal_one(payment: Payment) -> None:
    """Of equal bonuses one is on its way at a time: Mechanical Turk's list cannot tell them apart."""
    equal = equal_bonuses(payment).filter(reason=payment.reason)
    if equal.filter(state=Payment.State.SENDING, pk__lt=payment.pk).exists():
        raise RetryLater("A bonus of the same amount and reason is on its way to the same person.")


def is_bonus_paid(api: MturkApi, payment: Payment, *, assignment_id: str) -> bool:
    """Mechanical Turk shows the reason too: only bonuses with the same one can be taken for each other."""
    paid = api.bonuses(assignment_id=assignment_id)
    amounts = [cents_of(amount) for amount, reason in paid if reason == reason_of(payment)]
    others = equal_bonuses(payment).filter(reason=payment.reason)
    return is_shown(payment, amounts_minor=amounts, others=others)


def send_bonus(api: MturkApi, payment: Payment, *, worker_id: str, assignment_id: str) -> None:
    """The token lets Mechanical Turk refuse the same bonus for a day, while its list may still lack it."""
    try:
        api.send_bonus(
            WorkerId=worker_id,
            AssignmentId=assignment_id,
            BonusAmount=dollars(payment.amount_minor),
            Reason=reason_of(payment),
            UniqueRequestToken=payment.idempotency_key,
        )
    except Refused as refusal:
        if "DuplicateRequest" not in refusal.turk_code and "already" not in refusal.said.lower():
            raise


def reason_of(payment: Payment) -> str:
    return payment.reason or DEFAULT_REASON


def take_in_payments(api: MturkApi, *, effort: Effort, outcome: Reconciliation) -> None:
    """Sent payments that Mechanical Turk shows by now: bonuses in its list, rewards of assignments that
    the list just read calls approved."""
    sent = Payment.objects.filter(submission__effort=effort, state=Payment.State.SENT)
    for payment in sent.select_related("submission").order_by("pk"):
        if not has_identity(payment.submission):
            continue
        try:
            outcome.paid += [payment] if is_paid(api, payment) else []
        except Refused as refusal:
            outcome.problems.append(f"Submission {payment.submission.public_id}: {refusal.message}")


def is_paid(api: MturkApi, payment: Payment) -> bool:
    if payment.kind == Payment.Kind.REWARD:
        return bool(payment.submission.details.get("provider_state") == "Approved")
    return is_bonus_paid(api, payment, assignment_id=identity_of(payment.submission).reference)
