"""One command starts everything and stops everything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from config.environment import BadEnvironment
from config.supervisor import Program, lock_data_folder, require_free_port, supervise

ROOT = Path(__file__).resolve().parents[2]
SLEEP = "import signal, time; {before}; print('up', flush=True); time.sleep(600)"


def sleeper(before: str = "pass") -> Program:
    return Program(name="sleeper", command=[sys.executable, "-c", SLEEP.format(before=before)])


@pytest.fixture
def taken_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_busy_port_is_said_with_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadEnvironment, match=f"Port {port} .* PORT={port + 1} make run"):
            require_free_port(host="127.0.0.1", port=port)


def test_a_second_platform_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    with lock_data_folder(tmp_path), pytest.raises(BadEnvironment, match="already runs on the data folder"):
        lock_data_folder(tmp_path)
    lock_data_folder(tmp_path).close()


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_an_impossible_port_is_refused_before_anything_starts(port: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "config.supervisor"],
        cwd=ROOT,
        env={**os.environ, "PORT": port},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "PORT=" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_when_one_program_ends_the_others_are_stopped(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    short = Program(name="short one", command=[sys.executable, "-c", "raise SystemExit(3)"])
    assert supervise([sleeper(), short]) == 1
    assert "The short one ended by itself (exit status 3)" in capfd.readouterr().err


def test_a_program_that_ignores_the_request_is_killed_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("config.supervisor.GRACE_S", 0.5)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    note = tmp_path / "pid"
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    parent = (
        f"{deaf}; import subprocess, sys; child = subprocess.Popen(['sleep', '600']); "
        f"open({str(note)!r}, 'w').write(str(child.pid))"
    )
    waits_for_note = (
        f"import os, time\nwhile not (os.path.exists({str(note)!r}) and os.path.getsize({str(note)!r})): "
        "time.sleep(0.05)"
    )
    short = Program(name="short", command=[sys.executable, "-c", waits_for_note])
    assert supervise([sleeper(parent), short]) == 1
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.kill(int(note.read_text()), 0)
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_platform_starts_answers_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "REALM_DATA_DIR": str(tmp_path),
        "CELERY_BROKER_URL": "",
        "DATABASE_URL": "",
        "OBJECT_STORE_URL": "",
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True, timeout=180
    )
    realm = subprocess.Popen([sys.executable, "-m", "config.supervisor"], cwd=ROOT, env=environment)
    try:
        assert wait_for_answer(f"http://127.0.0.1:{port}/healthz", realm) == 200
        realm.send_signal(signal.SIGINT)
        assert realm.wait(timeout=60) == 0
    finally:
        realm.kill()
    require_free_port(host="127.0.0.1", port=port)


def wait_for_answer(url: str, realm: subprocess.Popen[bytes]) -> int:
    for _ in range(600):
        assert realm.poll() is None
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")
