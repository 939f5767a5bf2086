"""The catalog knows every architecture by name and refuses settings that do not fit."""

import pytest

from modeling.building import build_model, pick_device
from modeling.catalog import MODELS, find_model, model_name, parse_config
from modeling.errors import InputRefused
from modeling.models.configs import BlstmConfig, SisnrEstimatorConfig


@pytest.mark.parametrize("name", MODELS)
def test_every_model_builds_from_its_default_config(name: str) -> None:
    config = find_model(name).config()
    assert model_name(config) == name
    assert build_model(config).config == config


def test_an_unknown_model_is_refused_with_those_known() -> None:
    with pytest.raises(InputRefused, match="no model named 'wave'.*blstm"):
        find_model("wave")


def test_plain_values_become_a_config() -> None:
    assert parse_config("blstm", {"hidden_size": 8, "dropout": 0}) == BlstmConfig(hidden_size=8, dropout=0.0)
    assert parse_config("sisnr_estimator", {"label_low_db": -5}) == SisnrEstimatorConfig(label_low_db=-5.0)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"depth": 3}, "has no setting 'depth'"),
        ({"hidden_size": 2.5}, "whole number from 1, not 2.5"),
        ({"hidden_size": 0}, "whole number from 1, not 0"),
        ({"hidden_size": True}, "must be a whole number from 1, not True"),
        ({"dropout": None}, "must be a number, not None"),
    ],
)
def test_a_setting_that_does_not_fit_is_named_with_its_value(values: dict, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        parse_config("blstm", values)


def test_asking_for_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert pick_device("auto").type == "cpu"
    with pytest.raises(InputRefused, match="--device cpu"):
        pick_device("cuda")
