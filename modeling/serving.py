"""The server of `python -m modeling serve`: JSON lines in, JSON lines out, models kept warm.

One request a line on standard input, one answer a line on standard output, in order. Standard output carries
nothing else: whatever a library prints goes to standard error. The server ends when standard input closes.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from modeling.engine import Engine
from modeling.errors import InputRefused, ModelingError, ResourceShortage

Request = dict[str, object]
Answer = dict[str, object]

logger = logging.getLogger(__name__)


def serve(engine: Engine, *, requests: Iterable[str], answers: IO[str]) -> None:
    """Answer requests until there are no more; a failed request never ends the server."""
    for line in requests:
        if line.strip():
            answers.write(json.dumps(answer_line(engine, line)) + "\n")
            answers.flush()


def answer_line(engine: Engine, line: str) -> Answer:
    """Answer one line of the protocol."""
    try:
        request = _parse(line)
    except InputRefused as refusal:
        return _failure(None, refusal)
    try:
        return {"id": request["id"], "ok": True, **_answer(engine, request)}
    except ModelingError as error:
        return _failure(request["id"], error)
    except OSError as error:
        return _failure(request["id"], ResourceShortage(f"A file could not be read or written: {error}."))
    except MemoryError:
        return _failure(request["id"], ResourceShortage("Memory ran out. Free some and try again."))
    except (RuntimeError, ValueError) as error:
        # What torch raises for a defect. It is logged in full here; the caller gets one sentence and the
        # next request is still answered.
        logger.exception("request %s failed", request["id"])
        return _failure(request["id"], ModelingError(f"{type(error).__name__}: {error}"))


def read_requests() -> Iterable[str]:
    """Lines of standard input; bytes that are no UTF-8 spoil their own request, not the server."""
    return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")


def claim_stdout() -> IO[str]:
    """Keep standard output for the protocol; everything printed from now on goes to standard error."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return protocol


def _answer(engine: Engine, request: Request) -> Answer:
    operation = request.get("op")
    if not isinstance(operation, str) or operation not in _OPERATIONS:
        raise InputRefused(f'"op" must be one of {", ".join(_OPERATIONS)}, not {operation!r}.')
    started = time.perf_counter()
    answer = _OPERATIONS[operation](engine, request)
    return {**answer, "seconds": round(time.perf_counter() - started, 3)}


def _separate(engine: Engine, request: Request) -> Answer:
    separation = engine.separate_file(
        _path(request, "mixture"), bundle_path=_path(request, "bundle"), out_dir=_path(request, "out_dir")
    )
    return {
        "stems": [str(path) for path in separation.stems],
        "sample_rate_hz": separation.sample_rate_hz,
        "bundle": separation.bundle.name,
        "bundle_digest": separation.bundle.digest,
    }


def _estimate(engine: Engine, request: Request) -> Answer:
    stems = request.get("stems")
    if not isinstance(stems, list) or not all(isinstance(item, str) for item in stems):
        raise InputRefused(f'"stems" must be a list of paths, not {stems!r}.')
    estimates = engine.estimate_files(
        _path(request, "mixture"), [Path(item) for item in stems], bundle_path=_path(request, "bundle")
    )
    return {
        **estimates.to_row(),
        "bundle_digest": estimates.bundle.digest,
    }


def _ping(engine: Engine, request: Request) -> Answer:
    return {"loaded": engine.loaded_digests()}


_OPERATIONS: dict[str, Callable[[Engine, Request], Answer]] = {
    "separate": _separate,
    "estimate": _estimate,
    "ping": _ping,
}


def _parse(line: str) -> Request:
    try:
        request = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputRefused(f"The request is not a JSON object: {error.msg}.") from error
    if not isinstance(request, dict):
        raise InputRefused(f"The request must be a JSON object, not {type(request).__name__}.")
    request.setdefault("id", None)
    return request


def _path(request: Request, field: str) -> Path:
    value = request.get(field)
    if not isinstance(value, str) or not value:
        raise InputRefused(f'"{field}" must be a path, not {value!r}.')
    return Path(value)


def _failure(request_id: object, error: ModelingError) -> Answer:
    return {"id": request_id, "ok": False, "error": {"kind": error.kind, "message": str(error)}}
