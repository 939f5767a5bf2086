"""Prolific for tests: the documented endpoints over HTTP, with their errors, pages, pauses and real transfers.

As the real one: twenty rows a page unless asked for more, paying a batch twice transfers twice, bonuses show on the
submission in minor units, rejections need a category and a hundred characters.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-of-the-tests"
DEFAULT_PAGE_SIZE = 20
CATEGORIES = {
    *(
        "TOO_QUICKLY",
        "TOO_SLOWLY",
        "FAILED_INSTRUCTIONS",
        "INCOMP_LONGITUDINAL",
        "FAILED_CHECK",
        "LOW_EFFORT",
    ),
    *("MALINGERING", "NO_CODE", "BAD_CODE", "NO_DATA", "UNSUPP_DEVICE", "OTHER"),
}
ALLOWED = {"APPROVE": "AWAITING REVIEW", "REJECT": "AWAITING REVIEW", "UNREJECT": "REJECTED"}
AFTER = {"APPROVE": "APPROVED", "REJECT": "REJECTED", "UNREJECT": "AWAITING REVIEW"}


@dataclass
class FakeProlific:
    """What is at the provider; tests change it and read it directly."""

    study_id: str = "5f0000000000000000000a01"
    submissions: dict[str, dict[str, Any]] = field(default_factory=dict)
    batches: dict[str, tuple[str, int]] = field(default_factory=dict)
    transfers: list[tuple[str, int]] = field(default_factory=list)  # one entry for each real payment
    calls: Counter[str] = field(default_factory=Counter)
    troubles: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # answered before anything else
    shows_bonuses: bool = True
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    def add(self, *, reference: str, worker: str, status: str = "ACTIVE", code: str | None = None) -> None:
        self.submissions[reference] = {
            "id": reference,
            "participant_id": worker,
            "study_id": self.study_id,
            "status": status,
            "study_code": code,
            "started_at": f"2026-11-01T10:{len(self.submissions) // 60:02}:{len(self.submissions) % 60:02}.000Z",
            "completed_at": None if status in ("ACTIVE", "RESERVED") else "2026-11-01T11:00:00.000Z",
            "bonus_payments": [],
        }

    def finish(self, reference: str, *, code: str) -> None:
        found = self.submissions[reference]
        found |= {"status": "AWAITING REVIEW", "study_code": code, "completed_at": "2026-11-01T11:00:00.000Z"}

    # what each address does: (status, body)
    def list_page(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        rows = [row for row in self.submissions.values() if row["study_id"] == query["study"][0]]
        if query["study"][0] != self.study_id:
            return error(404, "Not found")
        size = min(int(query.get("page_size", [str(DEFAULT_PAGE_SIZE)])[0]), 100)
        start = (int(query.get("page", ["1"])[0]) - 1) * size
        page = [
            {key: value for key, value in row.items() if key != "bonus_payments"}
            for row in rows[start : start + size]
        ]
        return 200, {"results": page, "meta": {"count": len(rows)}}

    def show(self, reference: str) -> tuple[int, Any]:
        found = self.submissions.get(reference)
        if found is None:
            return error(404, f"Submission {reference} was not found")
        bonuses = found["bonus_payments"] if self.shows_bonuses else []
        body = found | {"participant": found["participant_id"], "bonus_payments": bonuses}
        return 200, {key: value for key, value in body.items() if key != "participant_id"}

    def transition(self, reference: str, body: dict[str, Any]) -> tuple[int, Any]:
        found, action = self.submissions.get(reference), body.get("action", "")
        if found is None:
            return error(404, "Not found")
        if found["status"] != ALLOWED.get(action):
            return error(400, f"Submission {reference} cannot {action} in status {found['status']}")
        if action == "REJECT":
            if len(body.get("message", "")) < 100:
                return error(400, "message: Ensure this field has at least 100 characters.")
            if body.get("rejection_category") not in CATEGORIES:
                return error(400, "rejection_category: not a valid choice.")
            found |= {"message": body["message"], "rejection_category": body["rejection_category"]}
        found["status"] = AFTER[action]
        return 200, found

    def set_up(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body.get("study_id") != self.study_id:
            return error(404, "Not found")
        match = re.fullmatch(r"([^,]+),(\d+)\.(\d\d)", body.get("csv_bonuses", ""))
        if match is None or match[1] not in self.submissions:
            return error(400, f"Some ids have not taken part: {body.get('csv_bonuses')}")
        batch = f"6a{len(self.batches):022}"
        self.batches[batch] = (match[1], int(match[2]) * 100 + int(match[3]))
        return 201, {"id": batch, "study": self.study_id}

    def pay(self, batch: str) -> tuple[int, Any]:
        if batch not in self.batches:
            return error(404, "Not found")
        reference, amount_minor = self.batches[batch]
        self.transfers.append((reference, amount_minor))
        self.submissions[reference]["bonus_payments"].append(amount_minor)
        return 202, {}


def error(status: int, detail: str) -> tuple[int, Any]:
    return status, {"error": {"status": status, "title": "Error", "detail": detail}}


class Handler(BaseHTTPRequestHandler):
    provider: FakeProlific

    def do_GET(self) -> None:
        self.answer("GET", {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer("POST", json.loads(body or b"{}"))

    def answer(self, method: str, body: dict[str, Any]) -> None:
        with self.provider.lock:
            status, answer, headers = self.decide(method, body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def decide(self, method: str, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix("/api/v1/").strip("/").split("/")
        self.provider.calls[f"{method} {path[0]} {path[-1] if len(path) > 2 else ''}".strip()] += 1
        if self.headers.get("Authorization") != f"Token {TOKEN}":
            return *error(401, "Authentication credentials were not provided."), {}
        if self.provider.troubles:
            status, headers = self.provider.troubles.pop(0)
            return *error(status, "Trouble"), headers
        return *self.route(method, path, parse_qs(parts.query), body), {}

    def route(
        self, method: str, path: list[str], query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, Any]:
        match [method, *path]:
            case ["GET", "submissions"]:
                return self.provider.list_page(query)
            case ["GET", "submissions", reference]:
                return self.provider.show(reference)
            case ["POST", "submissions", "bonus-payments"]:
                return self.provider.set_up(body)
            case ["POST", "submissions", reference, "transition"]:
                return self.provider.transition(reference, body)
            case ["POST", "bulk-bonus-payments", batch, "pay"]:
                return self.provider.pay(batch)
        return error(404, "Not found")

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `calls`."""


@contextmanager
def running_prolific() -> Iterator[FakeProlific]:
    """On a free port of this machine, until the block ends."""
    provider = FakeProlific()
    handler = type("BoundHandler", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1/"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
