"""SpeechBrain's SI-SNR estimator of REAL-M: its names and its label range.

The state is that of both files together: `encoder.cnn1.conv.weight`, `encoder_out.layer1.w.weight`, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from modeling.errors import InputRefused
from modeling.importing.tables.dual_path import require
from modeling.models.configs import SisnrEstimatorConfig

_NAMES = {"encoder_out.layer1.w.": "hidden.", "encoder_out.layer2.w.": "readout."}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights; SpeechBrain counts the convolutions from one."""
    return {_renamed(name): value for name, value in state.items()}


def config_of(state: Mapping[str, Tensor], settings: Mapping[str, object]) -> SisnrEstimatorConfig:
    """Width from the weights; label range and input scaling from the settings, as published where absent."""
    require(settings, {"separation_norm_type": ("stnorm",)}, "SpeechBrain")
    low_db, high_db = (
        _decibels(settings, name, default) for name, default in (("snrmin", 0), ("snrmax", 10))
    )
    if low_db >= high_db:
        raise InputRefused(
            f"snrmin is {low_db:g} and snrmax {high_db:g}: the range must rise. Correct the YAML file."
        )
    return SisnrEstimatorConfig(
        channels=state["encoder.cnn1.conv.weight"].shape[0], label_low_db=low_db, label_high_db=high_db
    )


def _renamed(name: str) -> str:
    for old, new in _NAMES.items():
        name = name.replace(old, new)
    return re.sub(r"^encoder\.cnn(\d+)\.conv\.", lambda found: f"encoder.{int(found[1]) - 1}.", name)


def _decibels(settings: Mapping[str, object], name: str, default: float) -> float:
    value = settings.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InputRefused(f"{name} is {value!r}; it must be a number of decibels.")
    return float(value)
