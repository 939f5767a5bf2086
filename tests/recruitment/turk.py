"""A stubbed Mechanical Turk: botocore checks each request and each answer against the service model it ships."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
from botocore.stub import Stubber

from recruitment.channels.mturk_api import MturkApi
from recruitment.models import Decision, Effort, MturkHit, Submission
from recruitment.services.submissions import open_submission
from tests.factories import make_effort, make_user

HIT_ID, HIT_TYPE_ID = "3HIT00000000000000001", "3TYPE0000000000000001"
WORKER, ASSIGNMENT = "A1WORKER00000001", "3ASSIGNMENT000000001"
SUBMITTED_AT = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
TEXTS = {"title": "Read aloud together", "description": "Two people in one room read sentences."}


@contextmanager
def stubbed_turk() -> Iterator[Stubber]:
    """Every call must have been foreseen, in this order, and all that were foreseen must be made."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    stub = Stubber(boto3.client("mturk", region_name="us-east-1", **keys))
    api = MturkApi(stub.client)
    with (
        stub,
        patch("recruitment.channels.mturk.mturk_api", return_value=api),
        patch("recruitment.services.hits.mturk_api", return_value=api),
    ):
        yield stub
        stub.assert_no_pending_responses()


def make_turk_effort(**fields: Any) -> Effort:
    effort = make_effort()
    settings = {**TEXTS, **fields.pop("channel_settings", {})}
    fields = {"channel": "mturk", "reward_minor": 150, "channel_settings": settings, **fields}
    Effort.objects.filter(pk=effort.pk).update(**fields)
    effort.refresh_from_db()
    return effort


def make_posted_hit(effort: Effort, **fields: Any) -> MturkHit:
    from django.conf import settings

    fields = {"hit_id": HIT_ID, "state": MturkHit.State.OPEN, "endpoint": settings.MTURK_ENDPOINT, **fields}
    return MturkHit.objects.create(effort=effort, **fields)


def make_turk_submission(effort: Effort) -> Submission:
    from recruitment.channels.contract import Arrival

    arrival = Arrival(worker_id=WORKER, reference=ASSIGNMENT, group=HIT_ID)
    return open_submission(effort=effort, arrival=arrival)


def make_decision(submission: Submission, verdict: str = "approve") -> Decision:
    reason = {"reason_code": "no_work", "message": "Take 2 is silent."} if verdict == "reject" else {}
    return Decision.objects.create(
        submission=submission, verdict=verdict, rule="by hand", decided_by=make_user(role="admin"), **reason
    )


def hit_row(**fields: Any) -> dict[str, Any]:
    row = {
        "HITId": HIT_ID,
        "HITTypeId": HIT_TYPE_ID,
        "HITStatus": "Assignable",
        "Expiration": datetime.now(UTC) + timedelta(days=7),
        "NumberOfAssignmentsAvailable": 8,
        "NumberOfAssignmentsPending": 0,
        "NumberOfAssignmentsCompleted": 1,
    }
    return row | fields


def assignment_row(**fields: Any) -> dict[str, Any]:
    row = {
        "AssignmentId": ASSIGNMENT,
        "WorkerId": WORKER,
        "HITId": HIT_ID,
        "AssignmentStatus": "Submitted",
        "SubmitTime": SUBMITTED_AT,
        "AutoApprovalTime": SUBMITTED_AT + timedelta(days=14),
        "Answer": "",
    }
    return row | fields


def foresee_status(stub: Stubber, status: str) -> None:
    stub.add_response(
        "get_assignment",
        {"Assignment": assignment_row(AssignmentStatus=status)},
        {"AssignmentId": ASSIGNMENT},
    )


def foresee_refusal(stub: Stubber, operation: str, *, message: str, turk_code: str = "") -> None:
    """A RequestError as the service words it."""
    said = f"{message} ({turk_code})" if turk_code else message
    stub.add_client_error(operation, "RequestError", said, http_status_code=400)
