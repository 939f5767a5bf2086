"""Asteroid's ConvTasNet: its names and its arguments (`state_dict` and `model_args` of the saved file)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from modeling.importing.tables.conv_tasnet import renamed, with_joint_branches
from modeling.importing.tables.dual_path import count_of, require, whole_number
from modeling.models.configs import ConvTasnetConfig

_NAMES = {
    "encoder.filterbank._filters": "encoder.weight",
    "decoder.filterbank._filters": "decoder.weight",
    "masker.bottleneck.0.": "input_norm.",
    "masker.bottleneck.1.": "bottleneck.",
    "masker.TCN.": "blocks.",
    "shared_block.0.": "expand.",
    "shared_block.1.": "expand_prelu.",
    "shared_block.2.": "expand_norm.",
    "shared_block.3.": "depthwise.",
    "shared_block.3.0.": "depthwise.",
    "shared_block.4.": "depthwise_prelu.",
    "shared_block.5.": "depthwise_norm.",
    "res_conv.": "residual.",
    "skip_conv.": "skip.",
    "masker.mask_net.0.": "output_prelu.",
    "masker.mask_net.1.": "masks.",
    ".gamma": ".weight",
    ".beta": ".bias",
}
_NORMS: dict[object, Literal["global", "channel", "cumulative"]] = {
    "gLN": "global",
    "cLN": "channel",
    "cgLN": "cumulative",
}
_MASKS: dict[object, Literal["sigmoid", "relu", "linear", "softmax_over_sources"]] = {
    "sigmoid": "sigmoid",
    "relu": "relu",
    "linear": "linear",
    "softmax": "softmax_over_sources",
}
_SETTINGS: dict[str, tuple[object, ...]] = {
    "fb_name": ("free", "FreeFB"),
    "norm_type": tuple(_NORMS),
    "mask_act": tuple(_MASKS),
    "encoder_activation": (None, "linear", "relu"),
    "causal": (False, True),
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights."""
    return with_joint_branches(renamed(state, _NAMES))


def config_of(state: Mapping[str, Tensor], model_args: Mapping[str, object]) -> ConvTasnetConfig:
    """Read the sizes from the weights and what they do not show from `model_args`."""
    require(model_args, _SETTINGS, "Asteroid")
    filters, _, filter_samples = state["encoder.filterbank._filters"].shape
    require(model_args, {"out_chan": (None, filters)}, "Asteroid")
    repeats = whole_number(model_args, "n_repeats", 3)
    blocks = count_of(state, "masker.TCN.")
    require({"blocks left over": blocks % repeats}, {"blocks left over": (0,)}, "Asteroid")
    is_causal = bool(model_args.get("causal", False))
    norm = _NORMS[model_args.get("norm_type", "gLN")]
    if is_causal and norm == "global":
        norm = "channel"  # as Asteroid itself replaces it
    skip = state.get("masker.TCN.0.skip_conv.weight")
    return ConvTasnetConfig(
        num_sources=state["masker.mask_net.1.weight"].shape[0] // filters,
        num_filters=filters,
        filter_samples=filter_samples,
        hop_samples=whole_number(model_args, "stride", filter_samples // 2),
        bottleneck_channels=state["masker.bottleneck.1.weight"].shape[0],
        hidden_channels=state["masker.TCN.0.shared_block.0.weight"].shape[0],
        skip_channels=1 if skip is None else skip.shape[0],
        kernel_frames=_depthwise_of(state).shape[-1],
        blocks_per_repeat=blocks // repeats,
        num_repeats=repeats,
        norm=norm,
        input_norm=norm,
        framing="valid",
        depthwise_padding="causal" if is_causal else "zeros",
        mask=_MASKS[model_args.get("mask_act", "sigmoid")],
        has_encoder_relu=model_args.get("encoder_activation") == "relu",
        has_skip_path=skip is not None,
        has_last_residual=True,
    )


def _depthwise_of(state: Mapping[str, Tensor]) -> Tensor:
    name = "masker.TCN.0.shared_block.3."
    return state[name + "weight"] if name + "weight" in state else state[name + "0.weight"]
