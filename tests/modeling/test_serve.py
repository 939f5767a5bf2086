"""`python -m modeling serve` answers every line of its protocol, and only that, on standard output."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.packaging import write_debug_bundle

RATE_HZ = 8000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    write_debug_bundle(folder / "separator", kind="separator")
    write_debug_bundle(folder / "estimator", kind="estimator")
    noise = np.random.default_rng(0).normal(scale=0.1, size=2 * RATE_HZ)
    soundfile.write(folder / "mix.wav", noise, RATE_HZ)
    return folder


def ask(*requests: object) -> list[dict]:
    lines = "".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in requests)
    command = [sys.executable, "-m", "modeling", "serve", "--threads", "1"]
    finished = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=240, check=True)
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_a_separation_and_its_estimate_come_back_in_order(folder: Path) -> None:
    separate = {
        "id": "a",
        "op": "separate",
        "bundle": str(folder / "separator"),
        "mixture": str(folder / "mix.wav"),
    }
    stems = [str(folder / "out" / f"mix_stem{number}.flac") for number in (1, 2)]
    estimate = {"id": "b", "op": "estimate", "bundle": str(folder / "estimator")}
    estimate |= {"mixture": str(folder / "mix.wav"), "stems": stems}
    separated, estimated, pinged = ask(
        separate | {"out_dir": str(folder / "out")}, estimate, {"id": "c", "op": "ping"}
    )
    assert separated["id"] == "a" and separated["ok"] and separated["stems"] == stems
    assert separated["sample_rate_hz"] == RATE_HZ
    assert soundfile.info(stems[0]).frames == 2 * RATE_HZ
    assert estimated["ok"] and len(estimated["si_snr_db"]) == 2
    assert pinged["loaded"] == [separated["bundle_digest"], estimated["bundle_digest"]]


def test_a_failed_request_says_who_must_act_and_the_next_is_answered(folder: Path) -> None:
    missing_bundle = {"id": 2, "op": "separate", "bundle": "/nowhere", "mixture": "x.wav", "out_dir": "y"}
    missing_file = missing_bundle | {"id": 3, "bundle": str(folder / "separator")}
    wrong_kind = missing_file | {"id": 4, "bundle": str(folder / "estimator")}
    answers = ask(
        "not json", {"id": 1, "op": "sing"}, missing_bundle, missing_file, wrong_kind, {"op": "ping"}
    )
    kinds = [answer["error"]["kind"] for answer in answers[:5]]
    assert kinds == ["user", "user", "broken", "user", "user"]
    assert [answer["id"] for answer in answers] == [None, 1, 2, 3, 4, None]
    assert "There is no audio file x.wav" in answers[3]["error"]["message"]
    assert answers[5]["ok"]


def test_bytes_that_are_no_text_spoil_only_their_own_line() -> None:
    command = [sys.executable, "-m", "modeling", "serve", "--threads", "1"]
    lines = b'\xff\xfe\n{"id": "\xc3\xa9", "op": "ping"}\n'
    finished = subprocess.run(command, input=lines, capture_output=True, timeout=240, check=True)
    broken, pinged = (json.loads(line) for line in finished.stdout.splitlines())
    assert broken["error"]["kind"] == "user" and pinged["id"] == "é"


def test_the_server_ends_when_its_standard_input_closes() -> None:
    assert ask() == []
