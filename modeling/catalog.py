"""Every architecture by name, with its kind and its configuration: the one list to extend, torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

from modeling.errors import InputRefused
from modeling.models.configs import (
    BandSplitConfig,
    BlstmConfig,
    ConvTasnetConfig,
    DeepClusteringConfig,
    DprnnConfig,
    DptnetConfig,
    ModelConfig,
    QualityEstimatorConfig,
    ReSepformerConfig,
    SepformerConfig,
    SisnrEstimatorConfig,
    SudoRmRfConfig,
    TfGridNetConfig,
)

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
    "band_split": CatalogEntry(
        kind="separator",
        config=BandSplitConfig,
        network="modeling.models.band_split:BandSplitSeparator",
        summary="Band-split dual-path recurrence (BSRNN), complex masks.",
    ),
    "blstm": CatalogEntry(
        kind="separator",
        config=BlstmConfig,
        network="modeling.models.blstm:BlstmSeparator",
        summary="Bidirectional LSTM, complex masks on a short-time Fourier transform.",
    ),
    "conv_tasnet": CatalogEntry(
        kind="separator",
        config=ConvTasnetConfig,
        network="modeling.models.conv_tasnet:ConvTasnet",
        summary="Conv-TasNet: learned filterbank, dilated depthwise convolutions; loads the field's checkpoints.",
    ),
    "deep_clustering": CatalogEntry(
        kind="separator",
        config=DeepClusteringConfig,
        network="modeling.models.deep_clustering:DeepClusteringSeparator",
        summary="BLSTM embeddings of time-frequency bins and k-means: any number of sources.",
    ),
    "quality_estimator": CatalogEntry(
        kind="estimator",
        config=QualityEstimatorConfig,
        network="modeling.models.quality_estimator:QualityEstimator",
        summary="Blind SI-SNR for three target conventions, with a 90 % interval and a distance.",
    ),
    "dprnn": CatalogEntry(
        kind="separator",
        config=DprnnConfig,
        network="modeling.models.dprnn:DprnnSeparator",
        summary="Dual-path recurrent network on a learned filterbank, as SpeechBrain and Asteroid have it.",
    ),
    "dptnet": CatalogEntry(
        kind="separator",
        config=DptnetConfig,
        network="modeling.models.dptnet:DptnetSeparator",
        summary="Dual-path transformer with recurrence in place of the feed-forward layer, as Asteroid has it.",
    ),
    "re_sepformer": CatalogEntry(
        kind="separator",
        config=ReSepformerConfig,
        network="modeling.models.re_sepformer:ReSepformerSeparator",
        summary="RE-SepFormer: transformers in segments and over their summaries, as SpeechBrain has it.",
    ),
    "sepformer": CatalogEntry(
        kind="separator",
        config=SepformerConfig,
        network="modeling.models.sepformer:SepformerSeparator",
        summary="SepFormer: transformers within and across overlapping chunks, as SpeechBrain has it.",
    ),
    "sisnr_estimator": CatalogEntry(
        kind="estimator",
        config=SisnrEstimatorConfig,
        network="modeling.models.sisnr_estimator:SisnrEstimator",
        summary="REAL-M's blind SI-SNR estimator: five convolutions and statistics pooling.",
    ),
    "sudo_rm_rf": CatalogEntry(
        kind="separator",
        config=SudoRmRfConfig,
        network="modeling.models.sudo_rm_rf:SudoRmRf",
        summary="sudo rm -rf (improved): convolutions over successively halved resolutions; small and fast.",
    ),
    "tf_gridnet": CatalogEntry(
        kind="separator",
        config=TfGridNetConfig,
        network="modeling.models.tf_gridnet:TfGridNet",
        summary="TF-GridNet: recurrence over bins and frames, attention across frames, spectral mapping.",
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
    hints = get_type_hints(config_type)
    types = {entry.name: hints[entry.name] for entry in fields(config_type)}
    checked: dict[str, Any] = {
        name: _checked_value(model, name, value, types) for name, value in values.items()
    }
    return config_type(**checked)


def model_name(config: ModelConfig) -> str:
    """The architecture that a Config belongs to."""
    return next(name for name, entry in MODELS.items() if entry.config is type(config))


def _checked_value(model: str, name: str, value: object, types: Mapping[str, Any]) -> int | float | str:
    if name not in types:
        known = ", ".join(types)
        raise InputRefused(f"Model {model!r} has no setting {name!r}. Its settings: {known}.")
    checked = _fitting(value, types[name])
    if checked is None:
        raise InputRefused(
            f"Setting {name!r} of model {model!r} must be {_named(types[name])}, not {value!r}."
        )
    return checked


def _fitting(value: object, wanted: Any) -> int | float | str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is str:
        return value if isinstance(value, str) else None
    if wanted is bool:
        return value if isinstance(value, bool) else None
    if wanted is int:
        return value if is_number and isinstance(value, int) and value >= 1 else None
    if wanted is float:
        return float(value) if is_number and isinstance(value, int | float) else None
    return value if isinstance(value, str) and value in get_args(wanted) else None


def _named(wanted: Any) -> str:
    words = {bool: "true or false", int: "a whole number from 1", float: "a number", str: "a text"}
    return words.get(wanted) or "one of " + ", ".join(get_args(wanted))
