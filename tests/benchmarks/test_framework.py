"""A benchmark answers with one JSON object and an exit status that says whether every target was met."""

import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.report import CannotRun, Report, Target


def test_a_report_carries_figures_targets_commit_and_machine() -> None:
    report = Report(figures={"gain_db": 7.12345, "of": "x"}, targets={"gain_db": Target(at_least=7.0)})
    answer = json.loads(report.to_json("demo"))
    assert answer["benchmark"] == "demo" and answer["pass"] is True
    assert answer["figures"] == {"gain_db": 7.1235, "of": "x"}
    assert answer["targets"] == {"gain_db": {"at_least": 7.0}}
    assert answer["commit"] and "Python" in answer["machine"]


@pytest.mark.parametrize(
    ("figure", "target", "is_met"),
    [
        (7.0, Target(at_least=7.0), True),
        (6.9, Target(at_least=7.0), False),
        (0, Target(at_most=0), True),
        (1, Target(at_most=0), False),
        (float("nan"), Target(at_most=1.0), False),
        (None, Target(at_most=1.0), False),
        ("fast", Target(at_most=1.0), False),
    ],
)
def test_a_target_is_met_only_by_a_number_within_its_bounds(
    figure: float | str | None, target: Target, is_met: bool
) -> None:
    assert target.is_met_by(figure) is is_met


def test_a_figure_that_is_missing_fails_the_report_and_nan_is_null() -> None:
    report = Report(figures={"other": float("nan")}, targets={"gain_db": Target(at_least=7.0)})
    assert not report.is_pass
    assert json.loads(report.to_json("demo"))["figures"] == {"other": None}


@pytest.mark.parametrize(("gain_db", "status"), [(8.0, 0), (6.0, 1)])
def test_the_exit_status_follows_the_targets(
    gain_db: float, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report(figures={"gain_db": gain_db}, targets={"gain_db": Target(at_least=7.0)})
    monkeypatch.setattr("benchmarks.starter.run", lambda arguments: report)
    assert main(["starter"]) == status
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["pass"] is (status == 0)


def test_what_cannot_run_says_why_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(arguments: object) -> Report:
        raise CannotRun("no corpus here")

    monkeypatch.setattr("benchmarks.starter.run", refuse)
    assert main(["starter"]) == 2
    captured = capsys.readouterr()
    assert "no corpus here" in captured.err and captured.out == ""


def test_help_lists_every_benchmark() -> None:
    command = [sys.executable, "-m", "benchmarks", "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert all(name in answer.stdout for name in BENCHMARKS)


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["tempo"])
    assert ending.value.code == 2 and "tempo" in capsys.readouterr().err
