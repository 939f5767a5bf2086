"""The stamps benchmark forges codes that could be accepted, tries every typo, and notices when two win."""

import json
import random
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import stamp_forgery
from benchmarks.stamp_forgery import forge_batch, forged_codes, repaired, try_typos, typos_of
from benchmarks.stamp_races import at_once, race
from recruitment.codes import generate_code, normalise_code
from recruitment.sealing import keyed_digest
from recruitment.services import stamps

ROOT = Path(__file__).resolve().parent.parent.parent


def test_forged_codes_are_near_live_ones_and_never_live_themselves() -> None:
    live = [generate_code() for _ in range(20)]
    forged = list(islice(forged_codes(live, random.Random(1)), 2_000))
    assert not set(live) & set(forged)
    assert sum(normalise_code(code) is not None for code in forged) > 300


def test_a_forged_code_that_is_accepted_would_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    live = [generate_code() for _ in range(20)]
    (lucky,) = islice(forged_codes(live, random.Random(1)), 1)
    digest = keyed_digest(code=lucky, purpose=stamps.STAMP_CODE)
    monkeypatch.setattr(stamp_forgery, "_live_codes", live)
    monkeypatch.setattr(stamp_forgery, "_live_digests", frozenset({digest}))
    assert forge_batch(1, 50) == (50, 1)
    monkeypatch.setattr(stamp_forgery, "_live_digests", frozenset())
    assert forge_batch(1, 50) == (50, 0)


def test_every_single_slip_is_tried_and_a_check_that_lets_one_through_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = generate_code()
    symbols = code.replace("-", "")
    differing = sum(one != other for one, other in zip(symbols, symbols[1:], strict=False))
    assert len(list(typos_of(symbols))) == 17 * 31 + differing
    assert try_typos([code]) == (17 * 31 + differing, 0)
    monkeypatch.setattr(stamp_forgery, "normalise_code", lambda typed: typed)
    assert try_typos([code])[1] == 17 * 31 + differing


def test_a_repaired_code_passes_where_the_alphabet_has_its_check_symbol() -> None:
    symbols = generate_code().replace("-", "")
    assert repaired(symbols) == symbols
    assert repaired(symbols[:-1] + ("2" if symbols[-1] != "2" else "3")) == symbols


@pytest.mark.django_db(transaction=True)
def test_all_start_together_and_every_result_counts() -> None:
    assert sorted(at_once([lambda: True, lambda: False, lambda: True])) == [False, True, True]


@pytest.mark.django_db(transaction=True)
def test_a_race_that_two_can_win_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert race(parallel=4, rounds=1) == {"parallel_winners": 1, "replays_ok": 4}
    monkeypatch.setattr(stamps, "_claim", lambda **_: True)
    assert race(parallel=4, rounds=1)["parallel_winners"] == 4


def test_a_short_run_against_a_real_server_passes() -> None:
    short = "--forged 2000 --live 20 --parallel 5 --rounds 1 --returns 2 --browser-kills 0 --processes 1"
    command = [sys.executable, "-m", "benchmarks", "stamps", *short.split(), "--postgres", ""]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout.splitlines()[-1])["figures"]
    assert (figures["forged"], figures["forged_accepted"], figures["typos_missed"]) == (2000, 0, 0)
    assert (figures["parallel_winners"], figures["replays_ok"], figures["reshown"]) == (1, 5, 2)
