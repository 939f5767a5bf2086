"""Let people into an effort."""

from typing import Any

from django.utils import timezone

from core.errors import ShownToUser
from recruitment.codes import generate_code
from recruitment.models import ConsentText, Effort, Participant
from recruitment.sealing import keyed_digest, seal

WITHDRAWAL_CODE = "withdrawal-code"


def enter_effort(*, effort: Effort, consent_text: ConsentText | None, people_consenting: int) -> Participant:
    """A new participant with a withdrawal code of their own.

    `consent_text` is None only for an effort that has none. Raises ShownToUser `consent_missing` where nobody
    consents or the text is not one of this effort.
    """
    if people_consenting < 1 or not belongs_to(consent_text, effort):
        raise ShownToUser(
            "Nobody has agreed to the consent text yet. Please read it and tick the box for each person.",
            code="consent_missing",
            field="consent",
        )
    return create_participant(
        effort=effort,
        consent_text=consent_text,
        consented_at=timezone.now() if consent_text else None,
        people_consenting=people_consenting,
    )


def enter_constructed(*, effort: Effort) -> Participant:
    """Stands for material that was put together from published recordings: nobody was asked, and it says so."""
    return create_participant(effort=effort, consent_text=None, people_consenting=0)


def create_participant(**fields: Any) -> Participant:
    code = generate_code()
    return Participant.objects.create(
        withdrawal_code_hmac=keyed_digest(code=code, purpose=WITHDRAWAL_CODE),
        withdrawal_code_sealed=seal(code),
        **fields,
    )


def belongs_to(consent_text: ConsentText | None, effort: Effort) -> bool:
    if consent_text is None:
        return not effort.consent_texts.exists()
    return consent_text.effort_id == effort.pk
