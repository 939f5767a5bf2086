"""SpeechBrain's DPRNN (`Dual_Path_Model` of `SBRNNBlock`s): its names and its hyperparameters.

The state is that of the three files together, as in `speechbrain_sepformer.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from modeling.importing.tables.dual_path import count_of, renamed, require, whole_number, with_packed_gates
from modeling.importing.tables.speechbrain_sepformer import (
    FRAME_NAMES,
    check_frame,
    path_settings,
    with_flat_decoder,
)
from modeling.models.configs import DprnnConfig

_NAMES = FRAME_NAMES | {
    "intra_mdl.mdl.rnn.": "intra.recurrent.",
    "inter_mdl.mdl.rnn.": "inter.recurrent.",
    "intra_linear.w.": "intra.projection.",
    "inter_linear.w.": "inter.projection.",
}


def rename(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our names for the weights."""
    return with_packed_gates(renamed(with_flat_decoder(state), _NAMES))


def config_of(state: Mapping[str, Tensor], masknet: Mapping[str, object]) -> DprnnConfig:
    """Read the sizes from the weights and what they do not show from the arguments of `MaskNet`.

    `masknet` holds the arguments as `hyperparams.yaml` gives them, with those of `intra_model` and `inter_model`
    as mappings inside; what is absent takes the published value.
    """
    check_frame(masknet)
    require(masknet, {"linear_layer_after_inter_intra": (True,)}, "SpeechBrain")
    for name in ("intra_model", "inter_model"):
        require(
            path_settings(masknet, name), {"rnn_type": ("LSTM",), "bidirectional": (True,)}, "SpeechBrain"
        )
    width, filters = state["masknet.conv1d.weight"].shape[:2]
    recurrent = "masknet.dual_mdl.0.intra_mdl.mdl.rnn."
    chunk_frames = whole_number(masknet, "K", 250)
    return DprnnConfig(
        num_sources=state["masknet.conv2d.weight"].shape[0] // width,
        filters=filters,
        kernel_samples=state["encoder.conv1d.weight"].shape[-1],
        stride_samples=state["encoder.conv1d.weight"].shape[-1] // 2,
        width=width,
        hidden_size=state[recurrent + "weight_hh_l0"].shape[1],
        num_blocks=count_of(state, "masknet.dual_mdl."),
        recurrent_layers=sum(name.startswith(recurrent + "weight_hh_l") for name in state) // 2,
        chunk_frames=chunk_frames,
        hop_frames=chunk_frames // 2,
    )
