"""Mint, show, find, claim and move work stamps: one for each finished unit of work, used once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.errors import Broken, ShownToUser
from recruitment.codes import codes_in, generate_code, near_codes_in, normalise_code
from recruitment.models import Decision, Effort, Payment, Submission, WorkStamp, WorkUnit
from recruitment.rules.stamp_states import REOPENED, UNCLAIMED, UNDECIDED, has_been, states_before
from recruitment.sealing import keyed_digest, keyed_digests, seal, unseal
from recruitment.services.stamp_misuse import note_misuse

STAMP_CODE = "work-stamp"
TAKE_REJECTED = "take_rejected"
LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StampMatch:
    """A stamp that somebody's words may mean; where not exact, one slip lies between."""

    stamp: WorkStamp
    code: str
    entered: str
    is_exact: bool


def mint_stamp(*, work_unit: WorkUnit) -> str:
    """The stamp of a finished unit of work; asked again, the same one."""
    if work_unit.state == WorkUnit.State.OPEN:
        raise Broken(f"The unit of work {work_unit.subject} is not finished: there is nothing to stamp yet.")
    code = generate_code()
    stamp, _ = WorkStamp.objects.get_or_create(
        work_unit=work_unit,
        defaults={
            "code_hmac": keyed_digest(code=code, purpose=STAMP_CODE),
            "code_sealed": seal(code),
        },
    )
    return unseal(stamp.code_sealed)


def show_stamp(*, stamp: WorkStamp) -> str:
    """The stamp in clear, for the person who earned it; as often as they ask."""
    WorkStamp.objects.filter(pk=stamp.pk, state=WorkStamp.State.ISSUED).update(state=WorkStamp.State.SHOWN)
    return unseal(stamp.code_sealed)


def stamp_with_code(*, code: str) -> WorkStamp | None:
    """The stamp of exactly this code, forgiving only its spelling (case, blanks, O and 0, I, L and 1)."""
    whole = normalise_code(code)
    return None if whole is None else stamps_by_code([whole]).get(whole)


def find_stamp(*, code: str) -> list[StampMatch]:
    """Every stamp that is named in what somebody wrote, be it a code or a whole mail, one slip in each forgiven.

    For people who may see all stamps: a contributor is never told what a mistyped code might have been.
    """
    exact = codes_in(code)
    near = near_codes_in(code)
    known = stamps_by_code([*exact, *(candidate for codes in near.values() for candidate in codes)])
    matches = {
        whole: StampMatch(stamp=known[whole], code=whole, entered=whole, is_exact=True)
        for whole in exact
        if whole in known
    }
    for entered, candidates in near.items():
        for candidate in filter(known.__contains__, candidates):
            match = StampMatch(stamp=known[candidate], code=candidate, entered=entered, is_exact=False)
            matches.setdefault(candidate, match)
    return list(matches.values())


def claim_stamp(*, effort: Effort, code: str, submission: Submission, idempotency_key: str) -> WorkStamp:
    """Use a stamp up for a submission; of several claims at the same moment exactly one succeeds.

    The same key for the same submission replays the success. Raises ShownToUser `unknown_stamp`, with one
    sentence for unknown, foreign and used stamps alike, so that nobody learns from the answer which codes exist;
    what it was is noted as an anomaly.
    """
    found = stamp_with_code(code=code)
    ours = found is not None and _may_claim(stamp=found, effort=effort, submission=submission)
    ours = ours and found is not None and _is_nobody_elses(stamp=found, submission=submission)
    if found is not None and ours and _claim(stamp=found, submission=submission, key=idempotency_key):
        found.refresh_from_db()
        return found
    note_misuse(effort=effort, submission=submission, stamp=found, is_code=normalise_code(code) is not None)
    raise unknown_stamp()


def claim_found_stamp(*, stamp: WorkStamp, submission: Submission, idempotency_key: str) -> bool:
    """The same for a stamp that was looked up before, with its work unit's participant; False where it is
    somebody else's or used, which the caller notes. An admin's file may award a stamp that the provider's
    ids give to another person."""
    ours = _may_claim(stamp=stamp, effort=submission.effort, submission=submission)
    return ours and _claim(stamp=stamp, submission=submission, key=idempotency_key)


def unknown_stamp() -> ShownToUser:
    return ShownToUser(
        "This stamp is unknown here or has been used already. Please compare it with the one you copied.",
        code="unknown_stamp",
        field="code",
    )


def claim_own_stamps(*, submission: Submission, key: str = "") -> int:
    """All stamps that the submission's participant has earned and not used; how many are claimed by it now.

    For channels that know who somebody is: nobody has to copy anything.
    """
    if submission.participant_id is None:
        return 0
    earned = WorkStamp.objects.filter(work_unit__participant=submission.participant_id)
    for stamp in earned.filter(state__in=UNCLAIMED):
        _claim(stamp=stamp, submission=submission, key=key or f"submission:{submission.public_id}")
    return WorkStamp.objects.filter(claimed_by=submission).count()


@transaction.atomic
def move_stamps(*, submission: Submission, state: str) -> int:
    """The stamps of a submission, forward to verified, approved, rejected or paid; how many moved.

    Stamps that have been there already stay where they are. Raises ShownToUser `stamp_cannot_move` where one
    of them has gone another way; then none moves.
    """
    moved = submission.stamps.filter(state__in=states_before(state)).update(state=state)
    stuck = [
        found for found in submission.stamps.values_list("state", flat=True) if not has_been(found, state)
    ]
    if stuck:
        raise ShownToUser(
            f"A work stamp of this submission is {stuck[0]} and cannot become {state}. "
            "Undo the decision first, if that is what you want.",
            code="stamp_cannot_move",
            field="state",
            status=409,
        )
    return moved


def catch_up(*, submission: Submission) -> None:
    """A stamp that is claimed after the decision was told follows it; before that, telling moves it."""
    told = submission.decisions.filter(state=Decision.State.SENT).first()
    if told is None:
        return
    reward = submission.payments.filter(kind=Payment.Kind.REWARD, state=Payment.State.CONFIRMED)
    state = WorkStamp.State.REJECTED
    if told.verdict == Decision.Verdict.APPROVE:
        state = WorkStamp.State.PAID if reward.exists() else WorkStamp.State.APPROVED
    submission.stamps.filter(state__in=UNDECIDED).update(state=state)


def verify_stamps(*, submission: Submission) -> int:
    """Of a submission that its platform confirmed, the stamps whose work was reviewed or needs no review."""
    waiting = submission.stamps.filter(state=WorkStamp.State.CLAIMED).select_related("work_unit")
    checked = [stamp.pk for stamp in waiting if is_checked(stamp.work_unit)]
    return WorkStamp.objects.filter(pk__in=checked, state=WorkStamp.State.CLAIMED).update(
        state=WorkStamp.State.VERIFIED
    )


def is_checked(work_unit: WorkUnit) -> bool:
    is_reviewed = work_unit.state in (WorkUnit.State.APPROVED, WorkUnit.State.REJECTED)
    return is_reviewed or work_unit.evidence.get("needs_review") is False


@transaction.atomic
def reopen_stamps(*, submission: Submission) -> int:
    """A decision was undone: its stamps wait for another one; those that are paid stay paid."""
    return sum(
        submission.stamps.filter(state=decided).update(state=before) for decided, before in REOPENED.items()
    )


def release_stamps(*, stamps: QuerySet[WorkStamp]) -> int:
    """Back to those who earned them, to be used again; what a decision has touched stays where it is."""
    waiting = stamps.filter(state__in=UNDECIDED)
    return waiting.update(state=WorkStamp.State.SHOWN, claimed_by=None, claimed_at=None, claim_key="")


def flag_stamp(*, work_unit: WorkUnit, flag: str) -> None:
    """Say why somebody should look at this stamp; it stays as valid as it was."""
    WorkStamp.objects.filter(work_unit=work_unit).update(flag=flag)


def unflag_stamp(*, work_unit: WorkUnit, flag: str) -> None:
    """This reason is gone; another one stays."""
    WorkStamp.objects.filter(work_unit=work_unit, flag=flag).update(flag="")


def _may_claim(*, stamp: WorkStamp, effort: Effort, submission: Submission) -> bool:
    """Who earned a stamp never changes, so this may be asked before the claim."""
    earned_by = stamp.work_unit.participant
    if earned_by.effort_id != effort.pk or submission.effort_id != effort.pk:
        return False
    return submission.participant_id in (None, earned_by.pk)


def _is_nobody_elses(*, stamp: WorkStamp, submission: Submission) -> bool:
    """False where the provider knows who earned it, and that it is not the person of this submission."""
    earner = stamp.work_unit.participant.provider_pseudonym
    return stamp.claimed_by_id == submission.pk or earner in ("", submission.worker_digest)


def _claim(*, stamp: WorkStamp, submission: Submission, key: str) -> bool:
    """One UPDATE on the row's own columns decides; a join here would be read before the row is locked."""
    unclaimed = WorkStamp.objects.filter(pk=stamp.pk, state__in=UNCLAIMED)
    if unclaimed.update(
        state=WorkStamp.State.CLAIMED, claimed_at=timezone.now(), claimed_by=submission, claim_key=key
    ):
        catch_up(submission=submission)
        return True
    return bool(key) and WorkStamp.objects.filter(pk=stamp.pk, claimed_by=submission, claim_key=key).exists()


def stamps_by_code(codes: Iterable[str]) -> dict[str, WorkStamp]:
    """The stamps among these codes, looked up by their digests."""
    code_of = keyed_digests(codes=codes, purpose=STAMP_CODE)
    found: dict[str, WorkStamp] = {}
    for digests in _in_batches(list(code_of)):
        rows: QuerySet[WorkStamp] = WorkStamp.objects.filter(code_hmac__in=digests)
        for stamp in rows.select_related("work_unit__participant__effort", "claimed_by"):
            found[code_of[stamp.code_hmac]] = stamp
    return found


def _in_batches(digests: list[str]) -> list[list[str]]:
    starts = range(0, len(digests), LOOKED_UP_AT_ONCE)
    return [digests[start : start + LOOKED_UP_AT_ONCE] for start in starts]
