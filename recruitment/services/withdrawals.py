"""Take back what one has given: by code, without an account, at once."""

from django.db import transaction
from django.utils import timezone

from accounts.services.audit import record_action
from core.errors import ShownToUser
from recruitment.codes import normalise_code
from recruitment.models import Participant
from recruitment.sealing import keyed_digest, unseal
from recruitment.services.participants import WITHDRAWAL_CODE


def withdraw(*, code: str) -> Participant:
    """Mark the participant withdrawn; every query hides their data from this moment. Again changes nothing.

    Raises ShownToUser `unknown_code`; the code is forgiving on entry (case, blanks, O for 0, I and L for 1).
    """
    participant = find_by_code(code)
    with transaction.atomic():
        taking_part = Participant.objects.filter(pk=participant.pk).taking_part()
        if taking_part.update(withdrawn_at=timezone.now()):
            record_action(
                actor=None,
                action="participant.withdraw",
                subject=f"participant:{participant.public_id}",
            )
    participant.refresh_from_db()
    return participant


def find_by_code(entered: str) -> Participant:
    code = normalise_code(entered)
    if code is None:
        raise ShownToUser(
            "This is not a whole withdrawal code: it has 17 letters and digits, in groups of four "
            "(ABCD-EFGH-JKMN-PQRS-T). Please compare it with your receipt.",
            code="unknown_code",
            field="code",
        )
    digest = keyed_digest(code=code, purpose=WITHDRAWAL_CODE)
    participant = Participant.objects.filter(withdrawal_code_hmac=digest).first()
    if participant is None:
        raise ShownToUser(
            f"No recordings belong to the code {code}. Please compare it with your receipt; "
            "a work stamp is another code and cannot be used here.",
            code="unknown_code",
            field="code",
        )
    return participant


def show_withdrawal_code(*, participant: Participant) -> str:
    """The code in clear, for the person who holds this participation's browser session."""
    return unseal(participant.withdrawal_code_sealed)
