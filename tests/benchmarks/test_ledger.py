"""The ledger benchmark notices every way in which receipts, rows and objects can disagree."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.ledger import Books, balance

ROOT = Path(__file__).resolve().parent.parent.parent
EVEN = Books(
    receipts=["a", "b"],
    row_digests=["a", "b"],
    row_keys=["takes/1", "takes/2"],
    object_digests={"takes/1": "a", "takes/2": "b"},
)


def test_books_that_agree_balance() -> None:
    assert set(balance(EVEN).values()) == {0}


@pytest.mark.parametrize(
    ("books", "figure"),
    [
        (replace(EVEN, receipts=["a", "b", "c"]), "lost"),
        (replace(EVEN, object_digests={"takes/1": "a"}), "lost"),
        (replace(EVEN, object_digests={"takes/1": "a"}), "orphan_rows"),
        (replace(EVEN, object_digests={"takes/1": "a", "takes/2": "x"}), "orphan_rows"),
        (replace(EVEN, unfinished_rows=1), "orphan_rows"),
        (replace(EVEN, object_digests={**EVEN.object_digests, "incoming/3": "z"}), "orphan_objects"),
        (replace(EVEN, object_digests={**EVEN.object_digests, "takes/3": "b"}), "duplicated"),
        (replace(EVEN, row_digests=["a", "a"]), "duplicated"),
    ],
)
def test_every_disagreement_shows(books: Books, figure: str) -> None:
    assert balance(books)[figure] == 1


def test_a_short_run_against_a_real_server_balances() -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "ledger",
        "--uploads",
        "6",
        "--recorders",
        "2",
        "--drop",
        "0.4",
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout.splitlines()[-1])
    assert report["pass"] is True
    assert report["figures"]["receipts"] == 6
    assert report["figures"]["answers_dropped"] > 0
