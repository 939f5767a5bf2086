"""SpeechBrain's folders: `encoder.ckpt`, `masknet.ckpt`, `decoder.ckpt` and `hyperparams.yaml`, as published.

An SI-SNR estimator has `encoder.ckpt` and `encoder_out.ckpt` (or `classifier_enc.ckpt`, `classifier_out.ckpt`).
A folder with several models names them by a prefix, `sepformer1_masknet.ckpt` and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from modeling.errors import InputRefused
from modeling.importing.checkpoints import ForeignModel, Hints, read_tensors
from modeling.importing.fitting import turned
from modeling.importing.hyperparameters import Hyperparameters, read_hyperparameters
from modeling.importing.tables import (
    speechbrain_conv_tasnet,
    speechbrain_dprnn,
    speechbrain_re_sepformer,
    speechbrain_sepformer,
    speechbrain_sisnr_estimator,
)
from modeling.models.configs import ModelConfig

DEFAULT_RATE_HZ = 8000
ESTIMATOR_FILES = (("encoder", "encoder_out"), ("classifier_enc", "classifier_out"))
_TRANSFORMER_DEFAULTS = {
    "use_positional_encoding": False,
    "norm_before": False,
    "activation": "relu",
    "attention_type": "regularMHA",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """How to know an architecture by a tensor, and what SpeechBrain takes for settings that a file leaves out."""

    name: str
    sign: str
    """Part of a tensor's name that no other architecture has."""
    rename: Callable[[Mapping[str, Tensor]], dict[str, Tensor]]
    config_of: Callable[[Mapping[str, Tensor], Mapping[str, object]], ModelConfig]
    defaults: Mapping[str, object]
    path_defaults: Mapping[str, object]
    unsaid: str
    """Settings that the tensors do not show, at their published values; used when there is no YAML file."""
    must_be_said: str = ""
    """A setting of which recipes use both values, so that it is never assumed."""
    must_have: str = ""
    """End of a tensor's name that a variant which Realm does not have lacks, whatever its settings say."""


ARCHITECTURES = (
    Architecture(
        name="SepFormer",
        sign="masknet.dual_mdl.0.intra_mdl.mdl.layers.",
        rename=speechbrain_sepformer.rename,
        config_of=speechbrain_sepformer.config_of,
        defaults={"K": 200, "linear_layer_after_inter_intra": True, "intra_model": {}, "inter_model": {}},
        path_defaults=_TRANSFORMER_DEFAULTS,
        unsaid="nhead=8, K=250",
        must_have="pos_enc.pe",
    ),
    Architecture(
        name="DPRNN",
        sign="masknet.dual_mdl.0.intra_mdl.mdl.rnn.",
        rename=speechbrain_dprnn.rename,
        config_of=speechbrain_dprnn.config_of,
        defaults={"K": 200, "intra_model": {}, "inter_model": {}},
        path_defaults={},
        unsaid="K=250",
    ),
    Architecture(
        name="Conv-TasNet",
        sign="masknet.temporal_conv_net.",
        rename=speechbrain_conv_tasnet.rename,
        config_of=speechbrain_conv_tasnet.config_of,
        defaults={},
        path_defaults={},
        unsaid="norm_type=gLN, mask_nonlinear=relu",
        must_be_said="causal",
    ),
    Architecture(
        name="RE-SepFormer",
        sign="masknet.model.seg_model.0.mdl.layers.",
        rename=speechbrain_re_sepformer.rename,
        config_of=speechbrain_re_sepformer.config_of,
        defaults={"segment_size": 20, "mem_type": "hc", "seg_model": {}, "mem_model": {}},
        path_defaults=_TRANSFORMER_DEFAULTS,
        unsaid="nhead=8, segment_size=150",
        must_have="pos_enc.pe",
    ),
)


def read_speechbrain(folder: Path, hints: Hints) -> ForeignModel:
    """A separator or estimator from its folder; settings come from the YAML file, or from the shapes alone."""
    if not folder.is_dir():
        raise InputRefused(f"{folder} is no folder; a model of SpeechBrain is one, with its files inside.")
    prefix = f"{hints.member}_" if hints.member else ""
    yaml_path = folder / f"{prefix}hyperparams.yaml"
    hyperparameters = read_hyperparameters(yaml_path) if yaml_path.is_file() else None
    if (folder / f"{prefix}masknet.ckpt").is_file():
        return _read_separator(folder, prefix, hyperparameters, hints)
    for encoder, readout in ESTIMATOR_FILES:
        paths = (folder / f"{prefix}{encoder}.ckpt", folder / f"{prefix}{readout}.ckpt")
        if paths[1].is_file():
            return _read_estimator(paths, hyperparameters, hints)
    raise InputRefused(_nothing_found(folder, hints))


def _read_separator(
    folder: Path, prefix: str, hyperparameters: Hyperparameters | None, hints: Hints
) -> ForeignModel:
    state = {
        f"{part}.{name}": value
        for part in ("encoder", "masknet", "decoder")
        for name, value in read_tensors(folder / f"{prefix}{part}.ckpt").items()
    }
    architecture = _recognised(state, folder)
    settings = hints.completed(_said(architecture, hyperparameters))
    if architecture.must_be_said and hyperparameters is None and architecture.must_be_said not in settings:
        raise InputRefused(
            f"{folder} has no hyperparams.yaml, and the weights of a {architecture.name} do not show "
            f"{architecture.must_be_said}. Say --set {architecture.must_be_said}=true or =false."
        )
    config = turned(
        lambda: architecture.config_of(state, settings), source=folder, architecture=architecture.name
    )
    hints.refuse_unread(settings, architecture=f"SpeechBrain's {architecture.name}")
    weights = turned(lambda: architecture.rename(state), source=folder, architecture=architecture.name)
    rate_hz, assumed = _sample_rate_hz(hyperparameters, hints)
    if hyperparameters is None:
        assumed = (*assumed, f"{architecture.unsaid}, where --set does not say otherwise")
    return ForeignModel(
        architecture=f"SpeechBrain {architecture.name}",
        config=config,
        weights=weights,
        sample_rate_hz=rate_hz,
        assumed=assumed,
    )


def _recognised(state: Mapping[str, Tensor], folder: Path) -> Architecture:
    for architecture in ARCHITECTURES:
        if any(name.startswith(architecture.sign) for name in state):
            if not any(name.endswith(architecture.must_have) for name in state):
                raise InputRefused(
                    f"{folder} is a {architecture.name} without positions ({architecture.must_have})."
                )
            return architecture
    known = ", ".join(architecture.name for architecture in ARCHITECTURES)
    first = next(name for name in state if name.startswith("masknet."))
    raise InputRefused(f"{folder} is none of {known}: its masknet begins with tensor {first}.")


def _said(architecture: Architecture, hyperparameters: Hyperparameters | None) -> Mapping[str, object]:
    """Settings of the YAML file, completed by what SpeechBrain itself takes where the file is silent."""
    if hyperparameters is None:
        return {}
    said = dict(architecture.defaults)
    said.update(hyperparameters.arguments_of("masknet") or hyperparameters.arguments_of("MaskNet"))
    for name, value in said.items():
        if isinstance(architecture.defaults.get(name), Mapping) and isinstance(value, Mapping):
            said[name] = {**architecture.path_defaults, **value}
    return said


def _read_estimator(
    paths: tuple[Path, Path], hyperparameters: Hyperparameters | None, hints: Hints
) -> ForeignModel:
    encoder, readout = paths
    state = {f"encoder.{name}": value for name, value in read_tensors(encoder).items()}
    state |= {f"encoder_out.{name}": value for name, value in read_tensors(readout).items()}
    names = ("snrmin", "snrmax", "separation_norm_type")
    said = {} if hyperparameters is None else {name: hyperparameters.find(name) for name in names}
    settings = hints.completed({name: value for name, value in said.items() if value is not None})
    table = speechbrain_sisnr_estimator
    name = "SI-SNR estimator"
    config = turned(lambda: table.config_of(state, settings), source=readout, architecture=name)
    hints.refuse_unread(settings, architecture=f"SpeechBrain's {name}")
    weights = turned(lambda: table.rename(state), source=readout, architecture=name)
    rate_hz, assumed = _sample_rate_hz(hyperparameters, hints)
    if hyperparameters is None:
        assumed = (*assumed, "snrmin=0, snrmax=10, where --set does not say otherwise")
    return ForeignModel(
        architecture=f"SpeechBrain {name}",
        config=config,
        weights=weights,
        sample_rate_hz=rate_hz,
        assumed=assumed,
    )


def _sample_rate_hz(hyperparameters: Hyperparameters | None, hints: Hints) -> tuple[int, tuple[str, ...]]:
    if hints.sample_rate_hz is not None:
        return hints.sample_rate_hz, ()
    said = None if hyperparameters is None else hyperparameters.find("sample_rate")
    if isinstance(said, int) and not isinstance(said, bool) and said > 0:
        return said, ()
    return DEFAULT_RATE_HZ, (f"sample rate {DEFAULT_RATE_HZ} Hz",)


def _nothing_found(folder: Path, hints: Hints) -> str:
    suffix = "_masknet.ckpt"
    members = sorted(path.name.removesuffix(suffix) for path in folder.glob(f"*{suffix}"))
    if members:
        return f"{folder} holds several models: {', '.join(members)}. Choose one with --member NAME."
    missing = f"{hints.member}_masknet.ckpt" if hints.member else "masknet.ckpt"
    return (
        f"{folder} is no model of SpeechBrain: it has neither {missing} (a separator) nor encoder_out.ckpt or "
        "classifier_out.ckpt (an SI-SNR estimator)."
    )
