"""Asteroid's DPRNNTasNet: its names and its arguments (`state_dict` and `model_args` of the saved file)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from modeling.importing.tables.dual_path import count_of, renamed, require, whole_number, with_packed_gates
from modeling.models.configs import DprnnConfig

FRAME_NAMES = {
    "encoder.filterbank._filters": "encoder.weight",
    "decoder.filterbank._filters": "decoder.weight",
    "masker.first_out.0.": "prelu.",
    "masker.first_out.1.": "source_projection.",
    "masker.net_out.0.": "gates.value.",
    "masker.net_gate.0.": "gates.gate.",
    ".gamma": ".weight",
    ".beta": ".bias",
}
"""Names around the blocks, the same for the dual-path models of Asteroid."""

_NAMES = FRAME_NAMES | {
    "masker.bottleneck.0.": "input_norm.",
    "masker.bottleneck.1.": "bottleneck.",
    "masker.net.": "blocks.",
    "intra_RNN.rnn.": "intra.recurrent.",
    "inter_RNN.rnn.": "inter.recurrent.",
    "intra_linear.": "intra.projection.",
    "inter_linear.": "inter.projection.",
    "masker.mask_net.": "mask_projection.",
}
_FRAME_SETTINGS: dict[str, tuple[object, ...]] = {
    "fb_name": ("free", "FreeFB"),
    "norm_type": ("gLN",),
    "bidirectional": (True,),
    "mask_act": ("sigmoid", "relu"),
    "encoder_activation": (None, "linear", "relu"),
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights."""
    return with_packed_gates(renamed(with_flat_decoder(state), _NAMES))


def config_of(state: Mapping[str, Tensor], model_args: Mapping[str, object]) -> DprnnConfig:
    """Read the sizes from the weights and what they do not show from `model_args`."""
    check_frame(model_args)
    require(model_args, {"rnn_type": ("LSTM", "lstm"), "use_mulcat": (False,)}, "Asteroid")
    width, filters = state["masker.bottleneck.1.weight"].shape[:2]
    chunk_frames = whole_number(model_args, "chunk_size", 100)
    recurrent = "masker.net.0.intra_RNN.rnn."
    return DprnnConfig(
        num_sources=state["masker.first_out.1.weight"].shape[0] // width,
        filters=filters,
        kernel_samples=state["encoder.filterbank._filters"].shape[-1],
        stride_samples=stride_of(state, model_args),
        width=width,
        hidden_size=state[recurrent + "weight_hh_l0"].shape[1],
        num_blocks=count_of(state, "masker.net."),
        recurrent_layers=sum(name.startswith(recurrent + "weight_hh_l") for name in state) // 2,
        chunk_frames=chunk_frames,
        hop_frames=whole_number(model_args, "hop_size", chunk_frames // 2),
        chunk_padding="whole",
        encoder_activation=encoder_activation_of(model_args, None),
        mask_activation=mask_activation_of(model_args, "sigmoid"),
        bottleneck_bias=True,
    )


def with_flat_decoder(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The decoder's `(filters, 1, samples)` as the matrix `(samples, filters)` of our decoder."""
    name = "decoder.filterbank._filters"
    return {**state, name: state[name].flatten(1).T.contiguous()}


def check_frame(model_args: Mapping[str, object]) -> None:
    """Refuse variants of Asteroid's dual-path models that Realm has not."""
    require(model_args, _FRAME_SETTINGS, "Asteroid")


def stride_of(state: Mapping[str, Tensor], model_args: Mapping[str, object]) -> int:
    return whole_number(model_args, "stride", state["encoder.filterbank._filters"].shape[-1] // 2)


def encoder_activation_of(model_args: Mapping[str, object], default: str | None) -> Literal["relu", "linear"]:
    return "relu" if model_args.get("encoder_activation", default) == "relu" else "linear"


def mask_activation_of(model_args: Mapping[str, object], default: str) -> Literal["relu", "sigmoid"]:
    return "relu" if model_args.get("mask_act", default) == "relu" else "sigmoid"
