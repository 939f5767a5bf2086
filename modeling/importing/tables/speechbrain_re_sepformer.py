"""SpeechBrain's RE-SepFormer (`ResourceEfficientSeparator`): its names and its hyperparameters.

The state is that of the three files together, as in `speechbrain_sepformer.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from modeling.importing.tables.dual_path import count_of, require, whole_number
from modeling.importing.tables.speechbrain_sepformer import path_settings, with_flat_decoder
from modeling.models.configs import ReSepformerConfig

_NAMES = {
    "encoder.conv1d.": "encoder.",
    "masknet.model.seg_model.": "segment_paths.",
    "masknet.model.mem_model.": "memory_paths.",
    "masknet.model.output_fc.0.": "prelu.",
    "masknet.model.output_fc.1.": "mask_projection.",
    "mdl.layers.": "path.layers.",
    "mdl.norm.norm.": "path.norm.",
    "self_att.att.in_proj_": "in_projection.",
    "self_att.att.out_proj.": "out_projection.",
    "pos_ffn.ffn.0.": "expand.",
    "pos_ffn.ffn.3.": "contract.",
    "norm1.norm.": "attention_norm.",
    "norm2.norm.": "feedforward_norm.",
}
_SETTINGS: dict[str, tuple[object, ...]] = {"mem_type": ("av",), "nonlinear": ("relu",)}
_PATH_SETTINGS: dict[str, tuple[object, ...]] = {
    "use_positional_encoding": (True,),
    "norm_before": (True,),
    "activation": ("relu",),
    "attention_type": ("regularMHA",),
    "causal": (False,),
    "use_norm": (True,),
    "use_skip": (True,),
    "norm_type": ("gln",),
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights. The tables of positions are left out: they hold nothing learned."""
    kept = {name: value for name, value in state.items() if not name.endswith("pos_enc.pe")}
    return {_renamed(name): _reshaped(name, value, state) for name, value in with_flat_decoder(kept).items()}


def config_of(state: Mapping[str, Tensor], masknet: Mapping[str, object]) -> ReSepformerConfig:
    """Read the sizes from the weights and what they do not show from the arguments of `MaskNet`.

    `masknet` holds the arguments as `hyperparams.yaml` gives them, with those of `seg_model` and `mem_model` as
    mappings inside; what is absent takes the published value.
    """
    require(masknet, _SETTINGS, "SpeechBrain")
    paths = [path_settings(masknet, name) for name in ("seg_model", "mem_model")]
    for path in paths:
        require(path, _PATH_SETTINGS, "SpeechBrain")
    heads = whole_number(paths[0], "nhead", 8)
    require(paths[1], {"nhead": (heads,)}, "SpeechBrain")
    width, _, kernel_samples = state["encoder.conv1d.weight"].shape
    segment, memory = "masknet.model.seg_model.", "masknet.model.mem_model."
    return ReSepformerConfig(
        num_sources=state["masknet.model.output_fc.1.weight"].shape[0] // width,
        kernel_samples=kernel_samples,
        stride_samples=kernel_samples // 2,
        width=width,
        num_heads=heads,
        feedforward_size=state[f"{segment}0.mdl.layers.0.pos_ffn.ffn.0.weight"].shape[0],
        segment_layers=count_of(state, f"{segment}0.mdl.layers."),
        memory_layers=count_of(state, f"{memory}0.mdl.layers.") or 1,
        num_blocks=count_of(state, segment),
        segment_frames=whole_number(masknet, "segment_size", 150),
    )


def _renamed(name: str) -> str:
    for old, new in _NAMES.items():
        name = re.sub(rf"(^|\.){re.escape(old)}", rf"\g<1>{new}", name)
    return name


def _reshaped(name: str, value: Tensor, state: Mapping[str, Tensor]) -> Tensor:
    if value.ndim > 2:
        value = value.flatten(1)  # a convolution of length one, and the encoder's single channel
    if name.startswith("masknet.model.output_fc.1."):
        # Here the sources of one feature lie beside each other; with us the features of one source do.
        width = state["encoder.conv1d.weight"].shape[0]
        by_source = value.view(width, -1, *value.shape[1:]).transpose(0, 1)
        return by_source.flatten(0, 1).contiguous()
    is_norm_of_rows = re.search(r"_model\.\d+\.norm\.", name) is not None
    return value.flatten() if is_norm_of_rows else value
