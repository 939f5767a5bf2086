"""Write down finished work, so that it can be stamped, decided and paid."""

from typing import Any

from django.db import transaction

from recruitment.models import Anomaly, Participant, WorkStamp, WorkUnit
from recruitment.services.stamps import TAKE_REJECTED, flag_stamp, unflag_stamp, verify_stamps

# What is left of the evidence when somebody withdraws: what their stamp stands for, nothing about their device.
KEPT_EVIDENCE = ("title", "sha256", "duration_s", "ratings", "needs_review")


def record_finished_work(*, participant: Participant, subject: str, evidence: dict[str, Any]) -> WorkUnit:
    """The participant's unit of work for this subject (`kind:public id`); the first evidence is kept."""
    unit, _ = WorkUnit.objects.get_or_create(
        participant=participant,
        subject=subject,
        defaults={"state": WorkUnit.State.DONE, "evidence": evidence},
    )
    return unit


@transaction.atomic
def write_review(*, work_unit: WorkUnit, state: str, review: dict[str, str]) -> None:
    """What a reviewer decided about this work: `decision` and `reason`, or nothing once it is undone.

    Rejected work flags its stamp, which stays valid; the flag goes when the rejection is undone.
    """
    locked = WorkUnit.objects.select_for_update().get(pk=work_unit.pk)
    rest = {name: value for name, value in locked.evidence.items() if name != "review"}
    locked.evidence = {**rest, "review": review} if review else rest
    locked.state = state
    locked.save(update_fields=["evidence", "state"])
    if state == WorkUnit.State.REJECTED:
        flag_stamp(work_unit=locked, flag=TAKE_REJECTED)
    else:
        unflag_stamp(work_unit=locked, flag=TAKE_REJECTED)
    stamp = WorkStamp.objects.filter(work_unit=locked, claimed_by__submitted_at__isnull=False).first()
    if stamp is not None and stamp.claimed_by is not None:
        verify_stamps(submission=stamp.claimed_by)


def forget_evidence(*, participant: Participant) -> None:
    """For the erasure of somebody who withdrew: their stamps stay, what is known of their device and voice goes."""
    for unit in participant.work_units.all():
        unit.evidence = {name: unit.evidence[name] for name in KEPT_EVIDENCE if name in unit.evidence}
        unit.save(update_fields=["evidence"])
    Anomaly.objects.filter(participant=participant).update(details={})
    unname_in_anomalies(participant=participant)


def unname_in_anomalies(*, participant: Participant) -> None:
    """No anomaly of others says any more that they sounded like this participant."""
    gone = set(participant.work_units.values_list("subject", flat=True))
    for anomaly in Anomaly.objects.filter(effort=participant.effort_id, kind="same_voice"):
        named = anomaly.details.get("same_voice_as", [])
        kept = [subject for subject in named if subject not in gone]
        if len(kept) != len(named):
            anomaly.details = {**anomaly.details, "same_voice_as": kept} if kept else {}
            anomaly.save(update_fields=["details"])
