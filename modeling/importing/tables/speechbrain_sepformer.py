"""SpeechBrain's SepFormer (`Dual_Path_Model` of `SBTransformerBlock`s): its names and its hyperparameters.

The state is that of the three files together, each name with its file's stem in front: `encoder.conv1d.weight`,
`masknet....`, `decoder.weight` (which is also the state of `SepformerWrapper`).
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from modeling.errors import InputRefused
from modeling.importing.tables.dual_path import count_of, renamed, require, whole_number, with_packed_gates
from modeling.models.configs import SepformerConfig

FRAME_NAMES = {
    "encoder.conv1d.": "encoder.",
    "masknet.norm.": "input_norm.",
    "masknet.conv1d.": "bottleneck.",
    "masknet.dual_mdl.": "blocks.",
    "masknet.prelu.": "prelu.",
    "masknet.conv2d.": "source_projection.",
    "masknet.output.0.": "gates.value.",
    "masknet.output_gate.0.": "gates.gate.",
    "masknet.end_conv1x1.": "mask_projection.",
}
"""Names around the blocks, the same for every dual-path model of SpeechBrain."""

_NAMES = FRAME_NAMES | {
    "intra_mdl.mdl.": "intra.",
    "inter_mdl.mdl.": "inter.",
    "self_att.att.in_proj_": "in_projection.",
    "self_att.att.out_proj.": "out_projection.",
    "pos_ffn.ffn.0.": "expand.",
    "pos_ffn.ffn.3.": "contract.",
    "norm1.norm.": "attention_norm.",
    "norm2.norm.": "feedforward_norm.",
    ".norm.norm.": ".norm.",
}
_FRAME_SETTINGS: dict[str, tuple[object, ...]] = {
    "norm": ("ln",),
    "skip_around_intra": (True,),
    "use_global_pos_enc": (False,),
}
_PATH_SETTINGS: dict[str, tuple[object, ...]] = {
    "use_positional_encoding": (True,),
    "norm_before": (True,),
    "activation": ("relu",),
    "attention_type": ("regularMHA",),
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights. The tables of positions are left out: they hold nothing learned."""
    kept = {name: value for name, value in state.items() if not name.endswith("pos_enc.pe")}
    return with_packed_gates(renamed(with_flat_decoder(kept), _NAMES))


def config_of(state: Mapping[str, Tensor], masknet: Mapping[str, object]) -> SepformerConfig:
    """Read the sizes from the weights and what they do not show from the arguments of `MaskNet`.

    `masknet` holds the arguments as `hyperparams.yaml` gives them, with those of `intra_model` and `inter_model`
    as mappings inside; what is absent takes the published value.
    """
    intra, inter = path_settings(masknet, "intra_model"), path_settings(masknet, "inter_model")
    check_frame(masknet)
    require(masknet, {"linear_layer_after_inter_intra": (False,)}, "SpeechBrain")
    for path in (intra, inter):
        require(path, _PATH_SETTINGS, "SpeechBrain")
    heads = whole_number(intra, "nhead", 8)
    require(inter, {"nhead": (heads,)}, "SpeechBrain")
    width, filters = state["masknet.conv1d.weight"].shape[:2]
    block = "masknet.dual_mdl.0.{}_mdl.mdl.layers."
    return SepformerConfig(
        num_sources=state["masknet.conv2d.weight"].shape[0] // width,
        filters=filters,
        kernel_samples=state["encoder.conv1d.weight"].shape[-1],
        stride_samples=state["encoder.conv1d.weight"].shape[-1] // 2,
        width=width,
        num_heads=heads,
        feedforward_size=state[block.format("intra") + "0.pos_ffn.ffn.0.weight"].shape[0],
        intra_layers=count_of(state, block.format("intra")),
        inter_layers=count_of(state, block.format("inter")),
        num_blocks=count_of(state, "masknet.dual_mdl."),
        chunk_frames=whole_number(masknet, "K", 250),
    )


def with_flat_decoder(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The decoder's `(filters, 1, samples)` as the matrix `(samples, filters)` of our decoder."""
    return {**state, "decoder.weight": state["decoder.weight"].flatten(1).T.contiguous()}


def check_frame(masknet: Mapping[str, object]) -> None:
    """Refuse variants of `Dual_Path_Model` that no published model has."""
    require(masknet, _FRAME_SETTINGS, "SpeechBrain")


def path_settings(masknet: Mapping[str, object], name: str) -> Mapping[str, object]:
    settings = masknet.get(name, {})
    if not isinstance(settings, Mapping):
        raise InputRefused(
            f"{name} in hyperparams.yaml must hold the arguments of a block, not {settings!r}."
        )
    return settings
