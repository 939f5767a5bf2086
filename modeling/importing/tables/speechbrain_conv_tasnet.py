"""SpeechBrain's Conv-TasNet (`MaskNet` of `conv_tasnet`): its names and its hyperparameters.

The state is that of the three files together, each name with its file's stem in front, as in
`speechbrain_sepformer.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from modeling.importing.tables.conv_tasnet import renamed
from modeling.importing.tables.dual_path import require
from modeling.models.configs import ConvTasnetConfig

_NAMES = {
    "encoder.conv1d.": "encoder.",
    "masknet.layer_norm.": "input_norm.",
    "masknet.bottleneck_conv1x1.conv.": "bottleneck.",
    "masknet.mask_conv1x1.conv.": "masks.",
    "layers.conv.conv.": "expand.",
    "layers.act.": "expand_prelu.",
    "layers.norm.": "expand_norm.",
    "layers.DSconv.conv_0.conv.": "depthwise.",
    "layers.DSconv.act.": "depthwise_prelu.",
    "layers.DSconv.act_0.": "depthwise_norm.",
    "layers.DSconv.conv_1.conv.": "output.",
    ".gamma": ".weight",
    ".beta": ".bias",
}
_BLOCK = re.compile(r"^masknet\.temporal_conv_net\.temporalblock_(\d+)_(\d+)\.")
_NORMS: dict[object, Literal["global", "channel"]] = {"gLN": "global", "cLN": "channel"}
_MASKS: dict[object, Literal["relu", "softmax_over_filters"]] = {
    "relu": "relu",
    "softmax": "softmax_over_filters",
}
_SETTINGS: dict[str, tuple[object, ...]] = {
    "norm_type": tuple(_NORMS),
    "mask_nonlinear": tuple(_MASKS),
    "causal": (False, True),
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights; blocks are counted through all repeats."""
    _, blocks = _repeats_and_blocks(state)
    counted = {
        _BLOCK.sub(lambda found: f"blocks.{int(found[1]) * blocks + int(found[2])}.", name): value
        for name, value in state.items()
    }
    return renamed(counted, _NAMES)


def config_of(state: Mapping[str, Tensor], masknet: Mapping[str, object]) -> ConvTasnetConfig:
    """Read the sizes from the weights and what they do not show from the arguments of `MaskNet`.

    What is absent takes the default of `MaskNet` (gLN, not causal, ReLU).
    """
    require(masknet, _SETTINGS, "SpeechBrain")
    filters, _, filter_samples = state["encoder.conv1d.weight"].shape
    repeats, blocks = _repeats_and_blocks(state)
    first = "masknet.temporal_conv_net.temporalblock_0_0.layers."
    return ConvTasnetConfig(
        num_sources=state["masknet.mask_conv1x1.conv.weight"].shape[0] // filters,
        num_filters=filters,
        filter_samples=filter_samples,
        hop_samples=filter_samples // 2,
        bottleneck_channels=state["masknet.bottleneck_conv1x1.conv.weight"].shape[0],
        hidden_channels=state[first + "conv.conv.weight"].shape[0],
        skip_channels=1,
        kernel_frames=state[first + "DSconv.conv_0.conv.weight"].shape[-1],
        blocks_per_repeat=blocks,
        num_repeats=repeats,
        norm=_NORMS[masknet.get("norm_type", "gLN")],
        input_norm="channel",
        framing="valid",
        depthwise_padding="late_causal" if masknet.get("causal", False) else "reflect",
        mask=_MASKS[masknet.get("mask_nonlinear", "relu")],
        has_encoder_relu=True,
        has_skip_path=False,
        has_biases=False,
        has_output_prelu=False,
    )


def _repeats_and_blocks(state: Mapping[str, Tensor]) -> tuple[int, int]:
    places = [found for name in state if (found := _BLOCK.match(name))]
    return max(int(place[1]) for place in places) + 1, max(int(place[2]) for place in places) + 1
