"""The pipe to `python -m modeling serve`: one warm inference process for each worker process.

Django never imports torch. The worker starts the server, sends one JSON line a request and reads one a answer.
When the worker dies its end of the pipe closes and the server ends; when the server dies, hangs or talks
nonsense, it is killed, the job that was asked counts an attempt, and the next request starts a new server.
"""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from core.errors import Broken, RetryLater
from evaluation.runs.answers import StemEstimates, read_estimates

logger = logging.getLogger(__name__)

# A cold start loads torch and a model; a minute of sound on one busy core takes about as long as it lasts.
REQUEST_TIMEOUT_S: Final = 300.0
READ_BYTES: Final = 65_536
ENDING_S: Final = 5.0


class InferenceInterrupted(Exception):  # noqa: N818
    """The server died, hung or answered nonsense in the middle of a request.

    Of no error family on purpose: it may be the recording's fault, so it counts as one of the job's attempts.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedFiles:
    stems: list[Path]
    sample_rate_hz: int
    bundle_digest: str
    compute_s: float


class InferenceProcess:
    """Owns one server: started at the first request, restarted after a death, ended with this process."""

    def __init__(self, *, command: Sequence[str], timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        self._command = list(command)
        self._timeout_s = timeout_s
        self._server: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._one_at_a_time = threading.Lock()

    def separate(self, *, bundle: Path, mixture: Path, out_dir: Path) -> SeparatedFiles:
        answer = self.ask("separate", bundle=str(bundle), mixture=str(mixture), out_dir=str(out_dir))
        return SeparatedFiles(
            stems=[Path(path) for path in answer["stems"]],
            sample_rate_hz=answer["sample_rate_hz"],
            bundle_digest=answer["bundle_digest"],
            compute_s=answer["seconds"],
        )

    def estimate(self, *, bundle: Path, mixture: Path, stems: Sequence[Path]) -> StemEstimates:
        paths = [str(path) for path in stems]
        answer = self.ask("estimate", bundle=str(bundle), mixture=str(mixture), stems=paths)
        return read_estimates(answer, stems=len(paths))

    def ask(self, operation: str, **fields: object) -> dict[str, Any]:
        """One request, one answer; raises RetryLater, Broken or InferenceInterrupted."""
        request_id = uuid.uuid4().hex
        line = json.dumps({"id": request_id, "op": operation, **fields}).encode() + b"\n"
        with self._one_at_a_time:
            is_in_step = False
            try:
                self._send(line)
                answer = self._answer_to(request_id)
                is_in_step = True
            finally:
                # Also when a time limit interrupts us: a late answer must not meet the next request.
                if not is_in_step:
                    self.stop()
        if not answer.get("ok"):
            raise _error_of(answer)
        return answer

    def stop(self) -> None:
        """End the server; closing its input is the polite way, and it may be too busy to notice."""
        server, self._server, self._unread = self._server, None, b""
        if server is None:
            return
        for stream in (server.stdin, server.stdout):
            if stream is not None:
                stream.close()
        server.terminate()
        try:
            server.wait(timeout=ENDING_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    @property
    def process_id(self) -> int | None:
        return self._server.pid if self._server else None

    def _send(self, line: bytes) -> None:
        if self._server is None or self._server.poll() is not None:
            self.stop()
            self._server = self._start()
        stdin = self._server.stdin
        try:
            if stdin is not None:
                stdin.write(line)
                stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise InferenceInterrupted("The inference process ended before it took the request.") from error

    def _start(self) -> subprocess.Popen[bytes]:
        logger.info("Starting the inference process: %s", " ".join(self._command))
        try:
            # Its own process group: Ctrl-C in a terminal ends the worker, which then ends the server.
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=settings.BASE_DIR,
                process_group=0,
            )
        except OSError as error:
            raise RetryLater(f"The inference process could not be started: {error}.") from error

    def _answer_to(self, request_id: str) -> dict[str, Any]:
        line = self._read_line(deadline_s=time.monotonic() + self._timeout_s)
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise InferenceInterrupted(f"The inference process answered no JSON: {line[:80]!r}.") from error
        if not isinstance(answer, dict) or answer.get("id") != request_id:
            raise InferenceInterrupted(f"The inference process answered another request: {line[:80]!r}.")
        return answer

    def _read_line(self, *, deadline_s: float) -> bytes:
        server = self._server
        if server is None or server.stdout is None:
            raise InferenceInterrupted("The inference process is gone.")
        descriptor = server.stdout.fileno()
        while b"\n" not in self._unread:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline_s - time.monotonic()))
            if not ready:
                raise InferenceInterrupted(
                    f"The inference process gave no answer in {self._timeout_s:.0f} s."
                )
            read = os.read(descriptor, READ_BYTES)
            if not read:
                raise InferenceInterrupted(f"The inference process died (exit status {_status(server)}).")
            self._unread += read
        line, _, self._unread = self._unread.partition(b"\n")
        return line


def _status(server: subprocess.Popen[bytes]) -> int | None:
    try:
        return server.wait(timeout=ENDING_S)
    except subprocess.TimeoutExpired:
        return None


def _error_of(answer: dict[str, Any]) -> Exception:
    error = answer.get("error") or {}
    message = str(error.get("message", "The inference process gave no reason."))
    # "user" is the one who asked, which is us: asking the same again gives the same refusal.
    return RetryLater(message) if error.get("kind") == "retry" else Broken(message)


def inference_process() -> InferenceProcess:
    """The one of this process; a forked child must not share its parent's pipe."""
    return _process_of(os.getpid())


@lru_cache(maxsize=1)
def _process_of(_process_id: int) -> InferenceProcess:
    threads = str(settings.INFERENCE_THREADS)
    return InferenceProcess(command=[sys.executable, "-m", "modeling", "serve", "--threads", threads])
