"""No log holds what an address says after its question mark, whichever server answers and however loud it is."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest

from config.log_filters import WithoutQueries
from tests.recruitment.prolific_people import parameters, reference, worker_id

ROOT = Path(__file__).parents[2]
LONGEST_START_S = 120


def filtered(message: str, *args: object) -> str:
    record = logging.LogRecord("any", logging.INFO, __file__, 1, message, args, None)
    assert WithoutQueries().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('"GET /c/x/?PROLIFIC_PID=5a01&SESSION_ID=6b01 HTTP/1.1" 303', '"GET /c/x/?... HTTP/1.1" 303'),
        ("<WSGIRequest: GET '/c/x/?workerId=A1B2'>", "<WSGIRequest: GET '/c/x/?...'>"),
        ("Is the disk full? Look at it.", "Is the disk full? Look at it."),
        ("100 % done", "100 % done"),
    ],
)
def test_queries_are_taken_out_of_a_line(line: str, kept: str) -> None:
    assert filtered("%s", line) == kept


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask_until_it_answers(address: str) -> None:
    """Any answer will do, also an error: the request line was read."""
    deadline = time.monotonic() + LONGEST_START_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=30)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"nothing answered within {LONGEST_START_S} s")


SERVERS = {
    "gunicorn": [
        "-m",
        "gunicorn",
        "config.wsgi:application",
        "--access-logfile",
        "-",
        "--log-level",
        "debug",
    ],
    "development server": ["manage.py", "runserver", "--noreload"],
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_real_server_logs_no_ids_of_people(name: str, tmp_path: Path) -> None:
    where = f"127.0.0.1:{free_port()}"
    command = [sys.executable, *SERVERS[name], *(["--bind", where] if name == "gunicorn" else [where])]
    environment = {
        **os.environ,
        "REALM_DATA_DIR": str(tmp_path),
        "DATABASE_URL": "",
        "REALM_LOG_LEVEL": "DEBUG",
    }
    log = tmp_path / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        ask_until_it_answers(f"http://{where}/c/somewhere/?{urlencode(parameters(1))}")
    finally:
        server.terminate()
        server.wait(timeout=60)
    text = log.read_text(errors="replace")
    assert "/c/somewhere/" in text
    assert not any(found in text for found in (worker_id(1), reference(1), "PROLIFIC_PID"))
