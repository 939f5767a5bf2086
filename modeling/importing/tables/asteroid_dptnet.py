"""Asteroid's DPTNet: its names and its arguments (`state_dict` and `model_args` of the saved file)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from modeling.importing.tables.asteroid_dprnn import (
    FRAME_NAMES,
    check_frame,
    encoder_activation_of,
    mask_activation_of,
    stride_of,
    with_flat_decoder,
)
from modeling.importing.tables.dual_path import count_of, renamed, require, whole_number, with_packed_gates
from modeling.models.configs import DptnetConfig

_NAMES = FRAME_NAMES | {
    "masker.in_norm.": "input_norm.",
    "mha.in_proj_": "in_projection.",
    "mha.out_proj.": "out_projection.",
    "linear.": "projection.",
    "norm_mha.": "attention_norm.",
    "norm_ff.": "recurrent_norm.",
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights."""
    named = {_with_named_paths(name): value for name, value in with_flat_decoder(state).items()}
    return with_packed_gates(renamed(named, _NAMES))


def config_of(state: Mapping[str, Tensor], model_args: Mapping[str, object]) -> DptnetConfig:
    """Read the sizes from the weights and what they do not show from `model_args`."""
    check_frame(model_args)
    filters = state["encoder.filterbank._filters"].shape[0]
    heads = whole_number(model_args, "n_heads", 4)
    require({"filters left over": filters % heads}, {"filters left over": (0,)}, "Asteroid")
    require(model_args, {"ff_activation": ("relu",)}, "Asteroid")
    chunk_frames = whole_number(model_args, "chunk_size", 100)
    return DptnetConfig(
        num_sources=state["masker.first_out.1.weight"].shape[0] // filters,
        filters=filters,
        kernel_samples=state["encoder.filterbank._filters"].shape[-1],
        stride_samples=stride_of(state, model_args),
        num_heads=heads,
        hidden_size=state["masker.layers.0.0.recurrent.weight_hh_l0"].shape[1],
        num_blocks=count_of(state, "masker.layers."),
        chunk_frames=chunk_frames,
        hop_frames=whole_number(model_args, "hop_size", chunk_frames // 2),
        encoder_activation=encoder_activation_of(model_args, "relu"),
        mask_activation=mask_activation_of(model_args, "relu"),
    )


def _with_named_paths(name: str) -> str:
    """`masker.layers.3.1.` is the path across the chunks of the fourth block."""
    return re.sub(
        r"^masker\.layers\.(\d+)\.([01])\.",
        lambda found: f"blocks.{found[1]}.{('intra', 'inter')[int(found[2])]}.",
        name,
    )
