"""Look through stamps and evidence for what an admin should see; looking again finds the same and adds nothing.

Claims that failed were noted when they failed (services/stamp_misuse.py); here is what shows only afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from recruitment.models import Effort, Participant, Submission, WorkStamp, WorkUnit
from recruitment.rules.anomaly_kinds import (
    BURST_PARTICIPATIONS,
    BURST_WITHIN,
    LATE_AFTER,
    ONE_PERSON_PROBABILITY,
    is_too_fast,
)
from recruitment.rules.bursts import Beginning, find_bursts
from recruitment.services.anomalies import note_anomaly

# Long enough that evidence of a slow worker and of a weekend without one is still read.
LOOKS_BACK = timedelta(days=14)
MOST_NAMED = 20


def look_everywhere() -> int:
    """For the timer: the recent work of every effort; how many anomalies were seen, old and new."""
    since = timezone.now() - LOOKS_BACK
    active = Q(participants__work_units__created_at__gte=since) | Q(submissions__entered_at__gte=since)
    efforts = Effort.objects.filter(active).distinct()
    return sum(look_for_anomalies(effort=effort, since=since) for effort in efforts)


def look_for_anomalies(*, effort: Effort, since: datetime | None = None) -> int:
    """Everything in one effort, or what is newer than `since`; how many anomalies were seen, old and new."""
    # Nobody consents to constructed takes, and nobody reads them: their speed and voices mean nothing.
    units = WorkUnit.objects.filter(
        participant__effort=effort,
        participant__withdrawn_at__isnull=True,
        participant__people_consenting__gt=0,
    )
    stamps = WorkStamp.objects.filter(work_unit__participant__effort=effort, claimed_at__isnull=False)
    if since is not None:
        units, stamps = units.filter(created_at__gte=since), stamps.filter(claimed_at__gte=since)
    return sum(
        (
            note_late_stamps(effort, stamps),
            note_shared_participations(effort, stamps),
            note_units(effort, units),
            note_bursts(effort, units),
        )
    )


def note_late_stamps(effort: Effort, stamps: QuerySet[WorkStamp]) -> int:
    late = stamps.filter(claimed_at__gt=F("minted_at") + LATE_AFTER).select_related("work_unit", "claimed_by")
    for stamp in late:
        waited = (stamp.claimed_at or stamp.minted_at) - stamp.minted_at
        note_anomaly(
            effort=effort,
            kind="stamp_late",
            subject=stamp.work_unit.subject,
            submission=stamp.claimed_by,
            details={"hours": round(waited.total_seconds() / 3_600)},
        )
    return len(late)


def note_shared_participations(effort: Effort, stamps: QuerySet[WorkStamp]) -> int:
    """Stamps that one participation earned, used by more than one person."""
    known = stamps.exclude(claimed_by__worker_digest="")
    people = known.values("work_unit__participant").annotate(
        people=Count("claimed_by__worker_digest", distinct=True)
    )
    shared = people.filter(people__gt=1).values_list("work_unit__participant", "people")
    for participant_id, count in shared:
        participant = Participant.objects.get(pk=participant_id)
        used_by = Submission.objects.filter(stamps__work_unit__participant=participant).distinct()
        note_anomaly(
            effort=effort,
            kind="stamp_shared",
            subject=f"participant:{participant.public_id}",
            participant=participant,
            details={
                "unit": f"participation {participant.public_id}",
                "people": count,
                "submissions": [str(found.public_id) for found in used_by.order_by("pk")[:MOST_NAMED]],
            },
        )
    return len(shared)


def note_units(effort: Effort, units: QuerySet[WorkUnit]) -> int:
    """What the evidence of single units says: too fast, a voice heard before, one person for two."""
    seen = 0
    for unit in units.select_related("participant").iterator(chunk_size=500):
        for kind, details in signs_in(unit.evidence):
            note_anomaly(
                effort=effort,
                kind=kind,
                subject=unit.subject,
                participant=unit.participant,
                details=details,
            )
            seen += 1
    return seen


def signs_in(evidence: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """`voices` is written by whoever compares them: `same_voice_as` lists subjects of other units of work."""
    if is_too_fast(evidence):
        figures = ("took_s", "duration_s", "reading_s")
        yield "unit_too_fast", {name: evidence[name] for name in figures if name in evidence}
    voices = evidence.get("voices")
    if not isinstance(voices, dict):
        return
    others = voices.get("same_voice_as")
    if isinstance(others, list) and others:
        yield "same_voice", {"same_voice_as": others[:MOST_NAMED]}
    probability = voices.get("single_voice_probability")
    if isinstance(probability, int | float) and probability >= ONE_PERSON_PROBABILITY:
        yield "one_person", {"probability": round(float(probability), 3)}


def note_bursts(effort: Effort, units: QuerySet[WorkUnit]) -> int:
    """Participations that began close together on devices that look alike."""
    rows = units.values_list("participant", "participant__entered_at", "evidence__device").distinct()
    beginnings: dict[str, set[Beginning]] = defaultdict(set)
    for participant_id, entered_at, device in rows:
        if device:
            beginnings[device].add(Beginning(entered_at=entered_at, participant_id=participant_id))
    seen = 0
    for device, found in beginnings.items():
        for burst in find_bursts(found, within=BURST_WITHIN, at_least=BURST_PARTICIPATIONS):
            note_burst(effort, device, burst)
            seen += 1
    return seen


def note_burst(effort: Effort, device: str, burst: list[Beginning]) -> None:
    """About its first participation, so that a burst that grows stays the same anomaly."""
    people = Participant.objects.in_bulk([beginning.participant_id for beginning in burst])
    first = people[burst[0].participant_id]
    lasted = burst[-1].entered_at - burst[0].entered_at
    note_anomaly(
        effort=effort,
        kind="device_burst",
        subject=f"participant:{first.public_id}",
        participant=first,
        details={
            "participations": len(burst),
            "minutes": max(1, round(lasted.total_seconds() / 60)),
            "device": device,
            "participants": [str(people[each.participant_id].public_id) for each in burst[:MOST_NAMED]],
        },
    )
