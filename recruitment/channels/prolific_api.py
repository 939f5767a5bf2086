"""Prolific's web API: the few calls we need, with their errors sorted by who has to act; it follows no redirects."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPMessage
from socket import gaierror
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings

from core.errors import RetryLater, ShownToUser

TIMEOUT_S = 20
PAGE_SIZE = 100  # the default of the API is 20, and further pages are left out without a word
MOST_PAGES = 1_000
LONGEST_ANSWER_BYTES = 8 * 1024 * 1024
LONGEST_WAIT_S = 10  # longer pauses than this are left to the next try of the caller
MOST_WAITS = 3
FIRST_PAUSE_S = 60.0
TOO_MANY_REQUESTS = 429
MINOR_DIGITS = 2
PROVIDER_ID = re.compile(r"\b[0-9a-fA-F]{24}\b")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AtProlific:
    """A submission as Prolific tells it; names a person, so it is not for logs and has no repr."""

    reference: str
    worker_id: str
    status: str
    entered_code: str
    completed_at: str
    bonuses_minor: tuple[int, ...] = ()


class NotReceived(RetryLater):
    """Prolific has certainly not acted on this call: it asked for a pause, or the call never arrived."""


class NoRedirects(HTTPRedirectHandler):
    """The token belongs to one host: an answer that sends us elsewhere is an error."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        return None


class ProlificApi:
    """One researcher's token at one address. Every call raises RetryLater where Prolific is away or asks for a
    pause, and ShownToUser (`provider_token`, `provider_unknown`, `provider_refused`) where somebody must act."""

    def __init__(self, *, token: str, base_url: str) -> None:
        self._token = token
        self._base_url = base_url.rstrip("/") + "/"
        self._opener = build_opener(NoRedirects)

    def submissions_of(self, *, study_id: str) -> Iterator[AtProlific]:
        """Each submission of a study once, page by page."""
        seen: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            query = {"study": study_id, "page": page, "page_size": PAGE_SIZE, "ordering": "started_at"}
            answer = self._call("GET", f"submissions/?{urlencode(query)}")
            results = answer.get("results") or []
            fresh = [found for found in map(read_submission, results) if found.reference not in seen]
            seen.update(found.reference for found in fresh)
            yield from fresh
            if not results or len(seen) >= int((answer.get("meta") or {}).get("count") or 0):
                return

    def submission(self, *, reference: str) -> AtProlific:
        return read_submission(self._call("GET", f"submissions/{quote(reference, safe='')}/"))

    def transition(self, *, reference: str, action: str, message: str = "", category: str = "") -> None:
        body = {"action": action}
        if message:
            body |= {"message": message, "rejection_category": category}
        self._call("POST", f"submissions/{quote(reference, safe='')}/transition/", body)

    def set_up_bonus(self, *, study_id: str, reference: str, amount_minor: int) -> str:
        """Prepare one bonus; nobody is paid by this. The id of the batch."""
        whole, rest = divmod(amount_minor, 10**MINOR_DIGITS)
        line = f"{reference},{whole}.{rest:0{MINOR_DIGITS}d}"
        body = {"study_id": study_id, "csv_bonuses": line}
        return str(self._call("POST", "submissions/bonus-payments/", body)["id"])

    def pay_bonus(self, *, batch: str) -> None:
        """Pay a batch. Not idempotent at Prolific: called twice it may pay twice."""
        self._call("POST", f"bulk-bonus-payments/{quote(batch, safe='')}/pay/", {})

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        for _ in range(MOST_WAITS):
            try:
                return self._call_once(method, path, body)
            except RetryLater as pause:
                if pause.delay_s is None or pause.delay_s > LONGEST_WAIT_S:
                    raise
                time.sleep(pause.delay_s)
        return self._call_once(method, path, body)

    def _call_once(self, method: str, path: str, body: dict[str, str] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self._token}", "Accept": "application/json"}
        request = Request(self._base_url + path, data=data, method=method, headers=headers)  # noqa: S310
        request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                text = answer.read(LONGEST_ANSWER_BYTES)
        except HTTPError as refusal:
            raise sorted_error(refusal) from None  # the chain would carry the address, and with it ids
        except (OSError, HTTPException) as outage:
            raise outage_of(outage) from None
        return parse_answer(text)


def outage_of(outage: OSError | HTTPException) -> RetryLater:
    """A call that timed out may have been carried out; one that found nobody was not."""
    reason = outage.reason if isinstance(outage, URLError) else outage
    if isinstance(reason, ConnectionRefusedError | gaierror):
        return NotReceived("Prolific could not be reached.")
    return RetryLater(f"Prolific did not answer ({type(reason).__name__}).")


def sorted_error(refusal: HTTPError) -> Exception:
    """Who has to act, without any id: messages end in logs and pages."""
    status = refusal.code
    if status == TOO_MANY_REQUESTS:
        return NotReceived("Prolific asks for a pause.", delay_s=pause_asked_for(refusal.headers))
    if status >= 500 or 300 <= status < 400:
        return RetryLater(f"Prolific answered with the status {status}.")
    if status in (401, 403):
        return ShownToUser(
            "Prolific does not accept the API token. Make a new one in Prolific under Settings, API tokens, and "
            "set REALM_PROLIFIC_TOKEN.",
            code="provider_token",
            status=502,
        )
    if status == 404:
        return ShownToUser(
            "Prolific does not know this study or submission under this account. Check the study id in the "
            "settings of the effort.",
            code="provider_unknown",
            status=502,
        )
    said = without_ids(message_of(refusal.read(LONGEST_ANSWER_BYTES)))
    return ShownToUser(f"Prolific refused: {said}", code="provider_refused", status=502)


def pause_asked_for(headers: Message) -> float:
    """Retry-After in seconds; a date, or nothing, counts as a minute."""
    text = headers.get("Retry-After", "")
    return float(text) if text.strip().isdigit() else FIRST_PAUSE_S


def message_of(body: bytes) -> str:
    """What Prolific says in one of the shapes of its error answers."""
    try:
        error = json.loads(body).get("error", {})
        said = error.get("detail") or error.get("title") or ""
    except (ValueError, AttributeError):
        said = ""
    return str(said)[:200] if said else "it gave no reason."


def without_ids(text: str) -> str:
    return PROVIDER_ID.sub("…", text)


def parse_answer(text: bytes) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        answer = json.loads(text)
    except ValueError:
        raise RetryLater("Prolific answered with something that is no JSON.") from None
    return answer if isinstance(answer, dict) else {}


def read_submission(row: dict[str, Any]) -> AtProlific:
    """The list and the single answer name two of the fields differently."""
    return AtProlific(
        reference=str(row["id"]),
        worker_id=str(row.get("participant_id") or row.get("participant") or ""),
        status=re.sub(r"[_-]", " ", str(row.get("status") or "").upper()),
        entered_code=str(row.get("study_code") or row.get("entered_code") or ""),
        completed_at=str(row.get("completed_at") or ""),
        bonuses_minor=tuple(round(float(amount)) for amount in row.get("bonus_payments") or ()),
    )


def has_token() -> bool:
    return bool(settings.PROLIFIC_TOKEN)


def prolific_api() -> ProlificApi:
    """The API as this installation is set up. Raises ShownToUser `provider_token` where there is no token."""
    if not has_token():
        raise ShownToUser(
            "No API token of Prolific is set: Realm cannot ask Prolific. An operator sets REALM_PROLIFIC_TOKEN; "
            "until then decide and pay on Prolific's own pages.",
            code="provider_token",
            status=409,
        )
    return ProlificApi(token=settings.PROLIFIC_TOKEN, base_url=settings.PROLIFIC_URL)
