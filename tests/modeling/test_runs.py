"""Runs are typed values; `--set` changes them by name and refuses what does not fit."""

import dataclasses
from pathlib import Path

import pytest

from modeling.errors import InputRefused
from modeling.runs import RUNS
from modeling.runs.config import MixingConfig, OptimisationConfig, StageConfig
from modeling.runs.settings import list_settings, with_settings
from modeling.training.schedule import learning_rate, progress


@pytest.mark.parametrize("name", RUNS)
def test_a_run_carries_the_name_it_is_listed_under(name: str) -> None:
    assert RUNS[name]().name == name


def test_settings_change_values_of_every_type() -> None:
    run = with_settings(
        RUNS["debug"](),
        {
            "optimisation.batch_size": "3",
            "optimisation.precision": "bf16",
            "optimisation.max_minutes": "1.5",
            "mixing.speeds_percent": "95,105",
            "pool.examples": "somewhere",
            "model.hidden_size": "7",
            "seed": "9",
        },
    )
    assert run.optimisation.batch_size == 3 and run.optimisation.precision == "bf16"
    assert run.optimisation.max_minutes == 1.5 and run.mixing.speeds_percent == (95, 105)
    assert run.pool.examples == Path("somewhere") and run.seed == 9
    assert run.model.hidden_size == 7


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("optimisation.batchsize", "3", "no setting 'optimisation.batchsize'"),
        ("optimisation", "3", "must name one value"),
        ("seed.more", "3", "must name one value"),
        ("optimisation.batch_size", "many", "'many' does not fit"),
        ("optimisation.precision", "fp8", "'fp8' does not fit"),
        ("model", "blstm", "must name one value"),
        ("optimisation.learning_rate", "nan", "must be a finite number, not .nan."),
        ("optimisation.learning_rate", "-1", "must be above 0, not -1.0"),
        ("model.hidden_size", "-4", "model.hidden_size must be 1 or more, not -4"),
        ("model.num_sources", "0", "model.num_sources must be 1 or more, not 0"),
        ("model.dropout", "1.5", "model.dropout must be from 0 to below 1, not 1.5"),
        ("optimisation.ema_decay", "2", "from 0 to below 1, not 2.0"),
        ("optimisation.warmup_steps", "-5", "must not be below 0, as -5 is"),
        ("validation_mixtures", "0", "must be above 0, not 0"),
        ("sample_rate_hz", "0", "must be above 0, not 0"),
        ("seed", "-1", "must not be below 0, as -1 is"),
        ("loss.stft_weight", "-1", "must not be below 0, as -1.0 is"),
        ("mixing.crop_s", "0.0001", "must be at least 0.1, not 0.0001"),
        ("mixing.speeds_percent", "0", "values from 50 to 200"),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        with_settings(RUNS["debug"](), {name: value})


def test_a_stage_is_changed_by_its_number() -> None:
    stages = tuple(StageConfig(share=0.5, mixing=MixingConfig()) for _ in range(2))
    run = dataclasses.replace(RUNS["debug"](), stages=stages)
    changed = with_settings(run, {"stages.1.mixing.crop_s": "3.5"})
    assert [stage.mixing.crop_s for stage in changed.stages] == [2.0, 3.5]
    with pytest.raises(InputRefused, match="from 0 to 1"):
        with_settings(run, {"stages.2.share": "0.5"})


@pytest.mark.parametrize("name", RUNS)
def test_every_listed_setting_can_be_set_to_what_it_is(name: str) -> None:
    run = RUNS[name]()
    listed = list(list_settings(run))
    texts = {
        each.name: str(each.value).lower() if each.kind == "bool" else str(each.value) for each in listed
    }
    assert with_settings(run, texts) == run
    assert "optimisation.batch_size" in texts and len(texts) == len(listed)


@pytest.mark.parametrize("text", ["inf", "-inf", "nan", "1e999"])
@pytest.mark.parametrize(
    "name", ["optimisation.learning_rate", "optimisation.max_minutes", "mixing.snr_high_db"]
)
def test_a_setting_that_is_no_finite_number_is_refused(name: str, text: str) -> None:
    with pytest.raises(InputRefused, match=f"{name}' must be a finite number, not '{text}'"):
        with_settings(RUNS["debug"](), {name: text})


def test_settings_are_described_by_the_text_below_them_in_their_config() -> None:
    described = {each.name: each.description for each in list_settings(RUNS["debug"]())}
    assert described["optimisation.batch_s"].startswith("Seconds of audio in a batch")
    assert described["mixing.whole_clips"].endswith("otherwise all crops are `crop_s` long.")
    assert described["model.num_sources"].startswith("Stems that come out")  # of the Config that it extends
    bare = [
        name for name, text in described.items() if not text and name.startswith(("optimisation.", "loss."))
    ]
    assert bare == []


def test_the_rate_warms_up_and_falls_to_a_remainder() -> None:
    config = OptimisationConfig(learning_rate=1.0, warmup_steps=10, max_steps=100)
    assert learning_rate(config, step=0, done=0.0) == pytest.approx(0.1)
    assert learning_rate(config, step=50, done=0.5) == pytest.approx(0.51)
    assert learning_rate(config, step=100, done=1.0) == pytest.approx(0.02)


def test_a_run_is_measured_by_time_where_a_time_is_set() -> None:
    by_steps, by_time = OptimisationConfig(max_steps=100), OptimisationConfig(max_steps=100, max_minutes=10.0)
    assert progress(by_steps, step=50, elapsed_s=0.0) == 0.5
    assert progress(by_time, step=50, elapsed_s=60.0) == 0.1
    assert progress(by_time, step=50, elapsed_s=6000.0) == 1.0
