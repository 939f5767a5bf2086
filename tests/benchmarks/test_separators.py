"""The cost of a separator is measured apart from the others, and an unknown one is refused."""

from __future__ import annotations

import argparse

import pytest

from benchmarks import separators
from benchmarks.report import CannotRun
from benchmarks.separator_timing import config_of, measure
from modeling.models.configs import BlstmConfig, SeparatorConfig
from modeling.runs import RUNS


def arguments(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    separators.add_arguments(parser)
    return parser.parse_args(options)


def test_every_separator_has_a_small_and_a_published_size() -> None:
    for model in separators.SEPARATORS:
        assert isinstance(config_of(model, "small"), SeparatorConfig)
    assert config_of("blstm", "published") == BlstmConfig()
    assert config_of("blstm", "small") == RUNS["blstm_clean"]().model


def test_what_is_measured_is_the_network_that_was_asked_for() -> None:
    measured = measure("conv_tasnet", size="small", seconds=0.2, rounds=1)
    assert 100_000 < measured["parameters"] < 4_000_000
    assert measured["real_time_factor"] > 0 and measured["peak_mb"] >= 0


def test_an_unknown_separator_is_refused_with_the_known() -> None:
    with pytest.raises(CannotRun, match="no separator 'nothing'; there are .*conv_tasnet"):
        separators.run(arguments("--models", "nothing"))
