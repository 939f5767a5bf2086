"""Mint, show and claim work stamps: one for each finished unit of work, used once."""

from django.utils import timezone

from core.errors import Broken, ShownToUser
from recruitment.codes import generate_code, normalise_code
from recruitment.models import Effort, WorkStamp, WorkUnit
from recruitment.sealing import keyed_digest, seal, unseal

STAMP_CODE = "work-stamp"


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


def claim_stamp(*, effort: Effort, code: str) -> WorkStamp:
    """Use a stamp up; of several claims at the same moment exactly one succeeds.

    Raises ShownToUser `unknown_stamp`, with one sentence for unknown, foreign and used stamps alike, so that
    nobody learns from the answer which codes exist.
    """
    entered = normalise_code(code)
    digest = keyed_digest(code=entered or "", purpose=STAMP_CODE)
    stamps = WorkStamp.objects.filter(code_hmac=digest, work_unit__participant__effort=effort)
    unclaimed = stamps.exclude(state=WorkStamp.State.CLAIMED)
    if not unclaimed.update(state=WorkStamp.State.CLAIMED, claimed_at=timezone.now()):
        raise ShownToUser(
            "This stamp is unknown here or has been used already. Please compare it with the one you copied.",
            code="unknown_stamp",
            field="code",
        )
    return stamps.get()
