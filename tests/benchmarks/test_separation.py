"""The separation benchmark: what it says without a GPU, and that its two sides take turns."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import main
from benchmarks.separation_timing import least_seconds


def test_without_a_gpu_it_says_that_the_gpu_part_was_not_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert main(["separation", "--device", "cuda"]) == 2
    assert "The GPU part was not run" in capsys.readouterr().err


def test_both_sides_take_turns_and_the_least_time_of_each_counts() -> None:
    turns: list[str] = []
    times = iter([0.0, 3.0, 3.0, 10.0, 10.0, 12.0, 12.0, 17.0])
    sides = {"ours": lambda: turns.append("ours"), "theirs": lambda: turns.append("theirs")}
    least = least_seconds(sides, rounds=2, clock=lambda: next(times))
    assert turns == ["ours", "theirs", "ours", "theirs"]
    assert least == {"ours": 2.0, "theirs": 5.0}
