"""torchaudio's ConvTasNet: its names and its arguments (the file holds a bare `state_dict`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from modeling.errors import InputRefused
from modeling.importing.tables.conv_tasnet import renamed, with_joint_branches
from modeling.importing.tables.dual_path import count_of, require, whole_number
from modeling.models.configs import ConvTasnetConfig

_NAMES = {
    "mask_generator.input_norm.": "input_norm.",
    "mask_generator.input_conv.": "bottleneck.",
    "mask_generator.conv_layers.": "blocks.",
    "mask_generator.output_prelu.": "output_prelu.",
    "mask_generator.output_conv.": "masks.",
    ".conv_layers.0.": ".expand.",
    ".conv_layers.1.": ".expand_prelu.",
    ".conv_layers.2.": ".expand_norm.",
    ".conv_layers.3.": ".depthwise.",
    ".conv_layers.4.": ".depthwise_prelu.",
    ".conv_layers.5.": ".depthwise_norm.",
    ".res_out.": ".residual.",
    ".skip_out.": ".skip.",
}
_MASKS: dict[object, Literal["sigmoid", "relu"]] = {"sigmoid": "sigmoid", "relu": "relu"}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights."""
    return with_joint_branches(renamed(state, _NAMES))


def config_of(state: Mapping[str, Tensor], settings: Mapping[str, object]) -> ConvTasnetConfig:
    """Read the sizes from the weights; `settings` holds the arguments of `ConvTasNet` that they do not show.

    `msk_activate` must be among them: a wrong guess would give other stems without any error. `msk_num_stacks`
    is 3 where it is absent.
    """
    if "msk_activate" not in settings:
        raise InputRefused(
            "A checkpoint of torchaudio's ConvTasNet does not say its mask function. Say --set msk_activate=relu for "
            "conv_tasnet_base (the published weights), or --set msk_activate=sigmoid, the default of ConvTasNet."
        )
    require(settings, {"msk_activate": tuple(_MASKS)}, "torchaudio")
    filters, _, filter_samples = state["encoder.weight"].shape
    stacks, blocks = (
        whole_number(settings, "msk_num_stacks", 3),
        count_of(state, "mask_generator.conv_layers."),
    )
    require({"blocks left over": blocks % stacks}, {"blocks left over": (0,)}, "torchaudio")
    first = "mask_generator.conv_layers.0."
    return ConvTasnetConfig(
        num_sources=state["mask_generator.output_conv.weight"].shape[0] // filters,
        num_filters=filters,
        filter_samples=filter_samples,
        hop_samples=filter_samples // 2,
        bottleneck_channels=state["mask_generator.input_conv.weight"].shape[0],
        hidden_channels=state[first + "conv_layers.0.weight"].shape[0],
        skip_channels=state[first + "skip_out.weight"].shape[0],
        kernel_frames=state[first + "conv_layers.3.weight"].shape[-1],
        blocks_per_repeat=blocks // stacks,
        num_repeats=stacks,
        mask=_MASKS[settings["msk_activate"]],
    )
