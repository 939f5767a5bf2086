"""A recorder over real HTTP: answers the questionnaire, reads sentences, sends takes, and tries again like the page."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import numpy as np

from audio.files import encode_wav

TIMEOUT_S = 60.0
ATTEMPTS = 60
ASSIGNMENT = re.compile(r'data-assignment="([0-9a-f-]{36})"')
CAPTURE = {"frame_gaps": 0, "hidden_during_take": False, "browser": "benchmark"}
ANSWERS = {
    "speaker_genders": "undisclosed",
    "native_speakers": "both",
    "consent_speaker_1": "on",
    "consent_speaker_2": "on",
    "consent_version": "1",
}


class AnswerLost(Exception):  # noqa: N818 - part of the plan: the server may have done it all the same
    """The connection ended without an answer, or the answer asks for another try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the client keeps of a take that the server called stored."""

    sha256: str
    stamp: str
    recording: str
    complete_s: float  # from the first `complete` call to its answer, retries included


@dataclass(slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


@dataclass(slots=True, kw_only=True)
class VirtualRecorder:
    """One browser session. `tries` counts every request sent, `lost` those without a usable answer."""

    host: str
    port: int
    slug: str
    cookies: dict[str, str] = field(default_factory=dict)
    tries: int = 0
    lost: int = 0

    def enter(self) -> None:
        self.ask("GET", f"/c/{self.slug}/begin")
        self.post_form(f"/c/{self.slug}/begin", ANSWERS)

    def next_assignment(self) -> str:
        """Ask for the next sentences and read their id from the page."""
        self.post_form(f"/c/{self.slug}/record", {})
        page = self.ask("GET", f"/c/{self.slug}/record").body.decode()
        found = ASSIGNMENT.search(page)
        if found is None:
            raise RuntimeError("The recorder's page names no assignment: did the prompts run out?")
        return found.group(1)

    def send_take(self, wav: bytes, *, assignment: str) -> Receipt:
        """Begin, bytes, complete; from the start again whenever an answer is lost."""
        take_id = str(uuid.uuid4())
        announcement = {
            "client_uuid": take_id,
            "assignment": assignment,
            "sha256": hashlib.sha256(wav).hexdigest(),
            "byte_length": len(wav),
            "capture": CAPTURE,
        }
        completing_since_s: list[float] = []
        for attempt in range(ATTEMPTS):
            try:
                return self.attempt(wav, announcement, completing_since_s)
            except AnswerLost:
                self.lost += 1
                time.sleep(min(1.0, 0.02 * 2**attempt))
        raise RuntimeError(f"The take {take_id} did not arrive in {ATTEMPTS} attempts.")

    def attempt(self, wav: bytes, announcement: dict[str, Any], completing_since_s: list[float]) -> Receipt:
        begun = self.api("POST", "/api/v1/uploads", json.dumps(announcement).encode())
        stored = begun
        if begun["state"] == "pending":
            self.api("PUT", begun["put"]["url"], wav, begun["put"]["headers"])
            completing_since_s.append(time.perf_counter())
            stored = self.api("POST", f"/api/v1/uploads/{announcement['client_uuid']}/complete", b"{}")
        if stored["sha256"] != announcement["sha256"]:
            raise RuntimeError("The server claims to have stored other bytes than were sent.")
        return Receipt(
            sha256=stored["sha256"],
            stamp=stored["stamp"],
            recording=stored["recording"],
            complete_s=time.perf_counter() - completing_since_s[0],
        )

    def api(
        self, method: str, path: str, body: bytes, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        answer = self.ask(method, path, body, headers or {"Content-Type": "application/json"})
        if answer.status < 300:
            return answer.json() if answer.body else {}
        if answer.status < 500 and answer.json().get("final"):
            raise RuntimeError(f"{method} {path} was refused for good: {answer.json()['message']}")
        raise AnswerLost(f"{method} {path} answered {answer.status}")

    def post_form(self, path: str, fields: dict[str, str]) -> Answer:
        form = urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrftoken"]}).encode()
        answer = self.ask("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status != 302:
            raise RuntimeError(f"POST {path} answered {answer.status} instead of leading on.")
        return answer

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        self.tries += 1
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body=body, headers={**self.identity(), **(headers or {})})
            response = connection.getresponse()
            self.keep_cookies(response)
            return Answer(status=response.status, body=response.read())
        except (OSError, http.client.HTTPException) as error:
            raise AnswerLost(str(error)) from error
        finally:
            connection.close()

    def identity(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": self.cookies.get("csrftoken", "")}

    def keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value


def synthetic_take(*, duration_s: float, sample_rate_hz: int, seed: int) -> bytes:
    """A PCM16 mono WAV that passes every gate: two gliding tones that come and go, no two takes alike."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(round(duration_s * sample_rate_hz)) / sample_rate_hz
    sound = 0.001 * rng.standard_normal(len(seconds))
    for pitch_hz in rng.uniform([100, 180], [150, 260]):
        syllables = np.clip(np.sin(2 * np.pi * rng.uniform(1.5, 3) * seconds + rng.uniform(0, 6)) + 0.5, 0, 1)
        phase = 2 * np.pi * pitch_hz * seconds + 3 * np.sin(2 * np.pi * 0.7 * seconds)
        harmonics = sum(np.sin(number * phase) / number for number in range(1, 12))
        sound += 0.1 * syllables * harmonics
    return encode_wav(sound.astype(np.float32), sample_rate_hz=sample_rate_hz)
