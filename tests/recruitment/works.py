"""Stamped work, submissions and a second person, made directly, for the tests of stamps and anomalies."""

from itertools import count
from typing import Any

from recruitment.models import Effort, Participant, Submission, WorkStamp, WorkUnit
from recruitment.services.stamps import mint_stamp
from recruitment.services.work_units import record_finished_work
from tests.factories import make_effort, make_participant

numbers = count(1)


def make_unit(*, participant: Participant | None = None, **evidence: Any) -> WorkUnit:
    """A finished unit of work without a stamp."""
    subject = f"recording:{next(numbers):08}"
    return record_finished_work(
        participant=participant or make_participant(), subject=subject, evidence=evidence
    )


def make_stamp(*, participant: Participant | None = None, **evidence: Any) -> tuple[WorkStamp, str]:
    """A stamp of new work, and its code."""
    unit = make_unit(participant=participant, **evidence)
    code = mint_stamp(work_unit=unit)
    return unit.stamp, code


def make_submission(*, effort: Effort | None = None, worker: str = "", **fields: Any) -> Submission:
    """`worker` is any word for the person at the provider; equal words are the same person."""
    fields.setdefault("reference_digest", f"{next(numbers):064}")
    return Submission.objects.create(
        effort=effort or make_effort(), worker_digest=worker.ljust(64, "0") if worker else "", **fields
    )
