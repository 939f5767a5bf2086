"""Every architecture by name, with its kind and its configuration: the one list to extend, torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from modeling.errors import InputRefused
from modeling.models.configs import BlstmConfig, ModelConfig, SisnrEstimatorConfig

BundleKind = Literal["separator", "estimator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """What can be known about an architecture without building it."""

    kind: BundleKind
    config: type[ModelConfig]
    network: str
    """`module:class`, named and not imported: the class needs torch, this list must not."""
    summary: str


MODELS: dict[str, CatalogEntry] = {
    "blstm": CatalogEntry(
        kind="separator",
        config=BlstmConfig,
        network="modeling.models.blstm:BlstmSeparator",
        summary="Bidirectional LSTM, complex masks on a short-time Fourier transform.",
    ),
    "sisnr_estimator": CatalogEntry(
        kind="estimator",
        config=SisnrEstimatorConfig,
        network="modeling.models.sisnr_estimator:SisnrEstimator",
        summary="REAL-M's blind SI-SNR estimator: five convolutions and statistics pooling.",
    ),
}


def find_model(name: str) -> CatalogEntry:
    """Look an architecture up; refuse an unknown name with the list of known ones."""
    try:
        return MODELS[name]
    except KeyError:
        known = ", ".join(sorted(MODELS))
        raise InputRefused(f"There is no model named {name!r}. Known models: {known}.") from None


def parse_config(model: str, values: Mapping[str, object]) -> ModelConfig:
    """Turn plain values (from `bundle.json` or `--set`) into the model's Config, refusing what does not fit."""
    config_type = find_model(model).config
    defaults = asdict(config_type())
    checked: dict[str, Any] = {
        name: _checked_value(model, name, value, defaults) for name, value in values.items()
    }
    return config_type(**checked)


def model_name(config: ModelConfig) -> str:
    """The architecture that a Config belongs to."""
    return next(name for name, entry in MODELS.items() if entry.config is type(config))


def _checked_value(model: str, name: str, value: object, defaults: Mapping[str, object]) -> int | float:
    if name not in defaults:
        known = ", ".join(defaults)
        raise InputRefused(f"Model {model!r} has no setting {name!r}. Its settings: {known}.")
    wants_whole_number = isinstance(defaults[name], int)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputRefused(f"Setting {name!r} of model {model!r} must be a number, not {value!r}.")
    if wants_whole_number and (not isinstance(value, int) or value < 1):
        raise InputRefused(
            f"Setting {name!r} of model {model!r} must be a whole number from 1, not {value!r}."
        )
    return value if wants_whole_number else float(value)
