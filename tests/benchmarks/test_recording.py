"""The recording benchmark fails, rather than passes, where something never came."""

import argparse
import math

from benchmarks.recording import TARGETS, add_arguments, wait_for
from benchmarks.report import Report


def test_waiting_ends_when_the_condition_holds() -> None:
    answers = iter([False, False, True])
    assert 0 < wait_for(lambda: next(answers), within_s=30) < 30


def test_what_never_comes_is_no_number_and_meets_no_target() -> None:
    waited_s = wait_for(lambda: False, within_s=0.2)
    assert math.isnan(waited_s)
    figures = {"stamp_p95_s": 0.1, "scored_s": waited_s, "unscored": 0}
    assert not Report(figures=figures, targets=TARGETS).is_pass


def test_the_defaults_are_those_of_the_target() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    defaults = parser.parse_args([])
    assert (defaults.recorders, defaults.every_s, defaults.take_s) == (20, 12.0, 5.0)
