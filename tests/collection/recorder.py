"""A recorder as the server sees it: a browser session that announces, sends and completes takes over HTTP."""

import hashlib
import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client

from collection.models import Assignment, Participation
from collection.services.assignments import next_assignment
from recruitment.sessions import remember_participant
from tests.collection.openapi import refuse_undocumented
from tests.factories import make_participation

CAPTURE = {"frame_gaps": 0, "hidden_during_take": False, "context_sample_rate_hz": 16_000}
ROUTES = {
    "begin": "/api/v1/uploads",
    "show": "/api/v1/uploads/{client_uuid}",
    "bytes": "/api/v1/uploads/{client_uuid}/bytes",
    "complete": "/api/v1/uploads/{client_uuid}/complete",
}


class Recorder:
    """Every answer is compared with the OpenAPI document."""

    def __init__(self, *, participation: Participation | None = None) -> None:
        self.participation = participation or make_participation()
        self.client = Client()
        session = self.client.session
        remember_participant(session=session, participant=self.participation.participant)
        session.save()

    def assignment(self) -> Assignment:
        assignment = next_assignment(participation=self.participation)
        assert assignment is not None
        return assignment

    def announcement(self, wav: bytes, **changes: Any) -> dict[str, Any]:
        return {
            "client_uuid": str(uuid.uuid4()),
            "sha256": hashlib.sha256(wav).hexdigest(),
            "byte_length": len(wav),
            "capture": CAPTURE,
        } | changes

    def begin(self, announcement: dict[str, Any]) -> HttpResponse:
        body = announcement if "assignment" in announcement else announcement | self.read_sentences()
        return self.ask("post", "begin", body=body)

    def read_sentences(self) -> dict[str, str]:
        return {"assignment": str(self.assignment().public_id)}

    def put(self, client_uuid: str, data: bytes) -> HttpResponse:
        return self.ask("put", "bytes", client_uuid, data=data)

    def complete(self, client_uuid: str) -> HttpResponse:
        return self.ask("post", "complete", client_uuid, body={})

    def show(self, client_uuid: str) -> HttpResponse:
        return self.ask("get", "show", client_uuid)

    def send(self, wav: bytes, **changes: Any) -> HttpResponse:
        """All three steps; the answer of the first that was not fine, else that of `complete`."""
        announcement = self.announcement(wav, **changes)
        begun = self.begin(announcement)
        if begun.status_code != 201:
            return begun
        sent = self.put(announcement["client_uuid"], wav)
        return sent if sent.status_code != 204 else self.complete(announcement["client_uuid"])

    def ask(self, method: str, route: str, client_uuid: str = "", **content: Any) -> HttpResponse:
        options: dict[str, Any] = {}
        if "body" in content:
            options = {"data": content["body"], "content_type": "application/json"}
        elif "data" in content:
            options = {"data": content["data"], "content_type": "audio/wav"}
        address = ROUTES[route].format(client_uuid=client_uuid)
        response: HttpResponse = getattr(self.client, method)(address, **options)
        refuse_undocumented(path=ROUTES[route], method=method, response=response)
        return response
