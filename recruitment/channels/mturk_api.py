"""Mechanical Turk's API through boto3: the calls we need, retried a little, their errors sorted by who has to act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)
from django.conf import settings

from core.errors import Broken, RetryLater, ShownToUser

REGION = "us-east-1"  # the only one there is
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
MOST_ATTEMPTS = 3
PAGE_SIZE = 100
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)  # an expiry in the past closes a HIT at once
LONGEST_REASON = 200
PROVIDER_ID = re.compile(r"\b[A-Z0-9]{10,}\b")
PAUSE_CODES = frozenset(
    {"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException", "ServiceFault"}
)
KEY_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
ALREADY_DONE = "status of"  # how a second approval or rejection is refused
NO_KEYS = (
    "Realm has no AWS keys, so it cannot ask Mechanical Turk. An operator sets AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY (or another way that boto3 knows); until then import and export results files."
)
BAD_KEYS = (
    "Mechanical Turk does not accept our AWS keys. An operator checks that they belong to the requester's account, "
    "that they may use mechanicalturk:*, and that REALM_MTURK_ENDPOINT names the marketplace they are linked to."
)


class Refused(ShownToUser):
    """Mechanical Turk understood and said no; `said` is its sentence without any id, `hit_id` one that it named."""

    def __init__(self, said: str, *, turk_code: str = "", hit_id: str = "") -> None:
        super().__init__(f"Mechanical Turk refused: {said}", code="provider_refused", status=502)
        self.said = said
        self.turk_code = turk_code
        self.hit_id = hit_id

    @property
    def is_about_status(self) -> bool:
        return ALREADY_DONE in self.said


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Assignment:
    """One person's work on a HIT as Mechanical Turk tells it; names a person, so it has no repr."""

    assignment_id: str
    worker_id: str
    status: str  # Submitted, Approved or Rejected
    submitted_at: datetime | None
    approved_by_turk_at: datetime | None
    answer_xml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedHit:
    """A HIT as Mechanical Turk tells it; no person is in it."""

    hit_id: str
    hit_type_id: str
    status: str
    annotation: str
    expires_at: datetime | None
    available: int
    pending: int
    completed: int


class MturkApi:
    """One requester at one marketplace. Every call raises RetryLater where it is away or asks for a pause, and
    ShownToUser (`provider_keys`, `provider_refused`) where somebody must act."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def balance(self) -> str:
        """US dollars that can be spent."""
        with sorted_errors():
            return str(self._client.get_account_balance()["AvailableBalance"])

    def create_hit_type(self, **terms: Any) -> str:
        """The same terms give the same id, so this may be repeated."""
        with sorted_errors():
            return str(self._client.create_hit_type(**terms)["HITTypeId"])

    def create_hit(self, **wanted: Any) -> PostedHit:
        with sorted_errors():
            return read_hit(self._client.create_hit_with_hit_type(**wanted)["HIT"])

    def hit(self, *, hit_id: str) -> PostedHit:
        with sorted_errors():
            return read_hit(self._client.get_hit(HITId=hit_id)["HIT"])

    def hits(self) -> Iterator[PostedHit]:
        with sorted_errors():
            for page in self._client.get_paginator("list_hits").paginate(MaxResults=PAGE_SIZE):
                yield from map(read_hit, page["HITs"])

    def expire_hit(self, *, hit_id: str) -> None:
        """Nobody accepts it any more; who has accepted it may finish. Again changes nothing."""
        with sorted_errors():
            self._client.update_expiration_for_hit(HITId=hit_id, ExpireAt=LONG_AGO)

    def assignments(self, *, hit_id: str) -> Iterator[Assignment]:
        with sorted_errors():
            paginator = self._client.get_paginator("list_assignments_for_hit")
            for page in paginator.paginate(HITId=hit_id, MaxResults=PAGE_SIZE):
                yield from map(read_assignment, page["Assignments"])

    def assignment(self, *, assignment_id: str) -> Assignment:
        with sorted_errors():
            return read_assignment(self._client.get_assignment(AssignmentId=assignment_id)["Assignment"])

    def approve(self, *, assignment_id: str, overrides_rejection: bool = False) -> None:
        with sorted_errors():
            self._client.approve_assignment(AssignmentId=assignment_id, OverrideRejection=overrides_rejection)

    def reject(self, *, assignment_id: str, feedback: str) -> None:
        with sorted_errors():
            self._client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback=feedback)

    def bonuses(self, *, assignment_id: str) -> list[tuple[str, str]]:
        """Amount in dollars and reason of each bonus this assignment was given."""
        with sorted_errors():
            pages = self._client.get_paginator("list_bonus_payments").paginate(AssignmentId=assignment_id)
            return [
                (str(paid["BonusAmount"]), str(paid.get("Reason", "")))
                for page in pages
                for paid in page["BonusPayments"]
            ]

    def send_bonus(self, **wanted: str) -> None:
        with sorted_errors():
            self._client.send_bonus(**wanted)


def mturk_api() -> MturkApi:
    """The API as this installation is set up. Raises ShownToUser `provider_keys` where there are no keys."""
    with sorted_errors():
        session = boto3.Session()
        if session.get_credentials() is None:
            raise no_keys()
        client = session.client(
            "mturk",
            region_name=REGION,
            endpoint_url=settings.MTURK_ENDPOINT,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                retries={"total_max_attempts": MOST_ATTEMPTS, "mode": "standard"},
            ),
        )
    return MturkApi(client)


def has_keys() -> bool:
    try:
        return boto3.Session().get_credentials() is not None
    except BotoCoreError:
        return False


def is_sandbox() -> bool:
    """Play money: the endpoint that is the default."""
    return "sandbox" in settings.MTURK_ENDPOINT


@contextmanager
def sorted_errors() -> Iterator[None]:
    """`from None` throughout: a chained error would carry ids into the log."""
    try:
        yield
    except ClientError as refusal:
        raise sorted_error(refusal) from None
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound):
        raise no_keys() from None
    except ParamValidationError:
        raise Broken("A value for Mechanical Turk has a form that its API does not take.") from None
    except BotoCoreError as outage:
        raise RetryLater(f"Mechanical Turk could not be reached ({type(outage).__name__}).") from None


def sorted_error(refusal: ClientError) -> Exception:
    error = refusal.response.get("Error", {})
    code = str(error.get("Code", ""))
    status = int(refusal.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in KEY_CODES or status in (401, 403):
        return ShownToUser(BAD_KEYS, code="provider_keys", status=502)
    if code in PAUSE_CODES or status == 429 or status >= 500:
        return RetryLater(f"Mechanical Turk asks for a pause ({code or status}).")
    said = str(error.get("Message", "")) or code
    turk_code = str(refusal.response.get("TurkErrorCode", "")) or turk_code_in(said)
    named = PROVIDER_ID.findall(said)
    return Refused(without_ids(said), turk_code=turk_code, hit_id=named[0] if named else "")


def no_keys() -> ShownToUser:
    return ShownToUser(NO_KEYS, code="provider_keys", status=409)


def turk_code_in(said: str) -> str:
    found = re.search(r"AWS\.\w+(?:\.\w+)?", said)
    return found.group() if found else ""


def without_ids(text: str) -> str:
    return PROVIDER_ID.sub("…", text)[:LONGEST_REASON]


def read_hit(row: dict[str, Any]) -> PostedHit:
    return PostedHit(
        hit_id=row["HITId"],
        hit_type_id=row.get("HITTypeId", ""),
        status=row.get("HITStatus", ""),
        annotation=row.get("RequesterAnnotation", ""),
        expires_at=row.get("Expiration"),
        available=row.get("NumberOfAssignmentsAvailable", 0),
        pending=row.get("NumberOfAssignmentsPending", 0),
        completed=row.get("NumberOfAssignmentsCompleted", 0),
    )


def read_assignment(row: dict[str, Any]) -> Assignment:
    return Assignment(
        assignment_id=row["AssignmentId"],
        worker_id=row.get("WorkerId", ""),
        status=row.get("AssignmentStatus", ""),
        submitted_at=row.get("SubmitTime"),
        approved_by_turk_at=row.get("AutoApprovalTime"),
        answer_xml=row.get("Answer", ""),
    )
