"""Write down finished work, so that it can be stamped, decided and paid."""

from typing import Any

from recruitment.models import Participant, WorkUnit


def record_finished_work(*, participant: Participant, subject: str, evidence: dict[str, Any]) -> WorkUnit:
    """The participant's unit of work for this subject (`kind:public id`); the first evidence is kept."""
    unit, _ = WorkUnit.objects.get_or_create(
        participant=participant,
        subject=subject,
        defaults={"state": WorkUnit.State.DONE, "evidence": evidence},
    )
    return unit
