"""The pipe to the model process survives whatever the process does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Broken, RetryLater
from evaluation.runs.inference import InferenceInterrupted, InferenceProcess

# Answers pings; "die" ends it without an answer, "hang" never answers, "garbage" is no JSON, "late" and "stranger"
# answer to another id; "refuse" answers with the error that the request asks for.
SERVER = """
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    match request["op"]:
        case "die": os._exit(9)
        case "hang": time.sleep(600)
        case "garbage": print("Loading weights: 100%", flush=True)
        case "stranger": print(json.dumps({"id": "somebody else", "ok": True}), flush=True)
        case "refuse":
            error = {"kind": request["kind"], "message": "It is so."}
            print(json.dumps({"id": request["id"], "ok": False, "error": error}), flush=True)
        case _: print(json.dumps({"id": request["id"], "ok": True, "pid": os.getpid()}), flush=True)
"""


@pytest.fixture
def process() -> Iterator[InferenceProcess]:
    process = InferenceProcess(command=[sys.executable, "-c", SERVER], timeout_s=20)
    yield process
    process.stop()


def test_one_server_answers_many_requests(process: InferenceProcess) -> None:
    first, second = process.ask("ping")["pid"], process.ask("ping")["pid"]
    assert first == second == process.process_id


@pytest.mark.parametrize("fault", ["die", "garbage", "stranger"])
def test_a_faulty_answer_counts_as_an_attempt_and_the_next_request_is_answered(
    process: InferenceProcess, fault: str
) -> None:
    process.ask("ping")
    with pytest.raises(InferenceInterrupted):
        process.ask(fault)
    assert process.ask("ping")["ok"]


def test_a_server_that_hangs_is_killed(process: InferenceProcess) -> None:
    process.ask("ping")
    hanging = process.process_id
    process._timeout_s = 0.5
    with pytest.raises(InferenceInterrupted, match="no answer"):
        process.ask("hang")
    assert hanging is not None and not is_alive(hanging)


def test_a_server_killed_while_idle_is_replaced_without_a_failure(process: InferenceProcess) -> None:
    process.ask("ping")
    assert process.process_id is not None
    os.kill(process.process_id, signal.SIGKILL)
    wait_until_dead(process.process_id)
    assert process.ask("ping")["ok"]


@pytest.mark.parametrize(("kind", "family"), [("retry", RetryLater), ("user", Broken), ("broken", Broken)])
def test_a_refusal_keeps_its_sentence_and_says_who_acts(
    process: InferenceProcess, kind: str, family: type[Exception]
) -> None:
    with pytest.raises(family, match="It is so"):
        process.ask("refuse", kind=kind)
    assert process.process_id is not None


def test_a_command_that_cannot_start_is_tried_later() -> None:
    with pytest.raises(RetryLater, match="could not be started"):
        InferenceProcess(command=["/nowhere/python"]).ask("ping")


def test_the_server_ends_when_its_worker_is_killed(tmp_path: Path) -> None:
    worker = f"""
import os, sys, django; django.setup()
from evaluation.runs.inference import InferenceProcess
process = InferenceProcess(command=[sys.executable, "-c", {SERVER!r}])
print(process.ask("ping")["pid"], flush=True)
os.kill(os.getpid(), 9)
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "REALM_DATA_DIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", worker],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )
    assert ended.returncode == -9
    wait_until_dead(int(ended.stdout))


def wait_until_dead(process_id: int, *, patience_s: float = 30) -> None:
    deadline_s = time.monotonic() + patience_s
    while is_alive(process_id):
        assert time.monotonic() < deadline_s, f"process {process_id} still runs"
        time.sleep(0.05)


def is_alive(process_id: int) -> bool:
    """A zombie that nobody has waited for yet does not count."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
