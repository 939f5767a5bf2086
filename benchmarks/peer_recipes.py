"""The architectures of SpeechBrain's recipes as `hyperparams.yaml` texts, published sizes and small ones for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Literal

_AROUND = """\
sample_rate: 8000
num_spks: $num_sources
filters: $filters
kernel: 16
hop: 8

Encoder: !new:speechbrain.lobes.models.dual_path.Encoder
    kernel_size: !ref <kernel>
    out_channels: !ref <filters>

Decoder: !new:speechbrain.lobes.models.dual_path.Decoder
    in_channels: !ref <filters>
    out_channels: 1
    kernel_size: !ref <kernel>
    stride: !ref <hop>
    bias: False

$masknet
modules:
    encoder: !ref <Encoder>
    decoder: !ref <Decoder>
    masknet: !ref <MaskNet>
"""

_TRANSFORMER = """\
$name: !new:speechbrain.lobes.models.$block
    num_layers: $layers
    d_model: !ref <filters>
    nhead: $heads
    d_ffn: $feedforward
    dropout: 0
    use_positional_encoding: True
    norm_before: True
"""

_RECURRENT = """\
$name: !new:speechbrain.lobes.models.dual_path.SBRNNBlock
    input_size: !ref <filters>
    hidden_channels: $hidden
    num_layers: 1
    rnn_type: LSTM
    dropout: 0
    bidirectional: True
"""

_DUAL_PATH = """\
MaskNet: !new:speechbrain.lobes.models.dual_path.Dual_Path_Model
    num_spks: !ref <num_spks>
    in_channels: !ref <filters>
    out_channels: !ref <filters>
    num_layers: $blocks
    K: $chunk
    intra_model: !ref <within>
    inter_model: !ref <across>
    norm: ln
    linear_layer_after_inter_intra: $has_linear
    skip_around_intra: True
"""

_SEGMENTS = """\
MaskNet: !new:speechbrain.lobes.models.resepformer.ResourceEfficientSeparator
    input_dim: !ref <filters>
    num_spk: !ref <num_spks>
    causal: False
    unit: 256
    segment_size: $chunk
    layer: $blocks
    mem_type: av
    seg_model: !ref <within>
    mem_model: !ref <across>
"""

_CONVOLUTIONS = """\
MaskNet: !new:speechbrain.lobes.models.conv_tasnet.MaskNet
    N: !ref <filters>
    B: $bottleneck
    H: $hidden
    P: 3
    X: $blocks
    R: $repeats
    C: !ref <num_spks>
    norm_type: gLN
    causal: $causal
    mask_nonlinear: relu
"""

_ESTIMATOR = """\
sample_rate: 8000
snrmin: 0
snrmax: 10
separation_norm_type: stnorm
width: $filters
pooled: $pooled

stat_pooling: !new:speechbrain.nnet.pooling.StatisticsPooling

Encoder: !new:speechbrain.nnet.containers.Sequential
    input_shape: [null, 2, null]
$layers
Readout: !new:speechbrain.nnet.containers.Sequential
    input_shape: [null, !ref <pooled>]
    layer1: !new:speechbrain.nnet.linear.Linear
        input_size: !ref <pooled>
        n_neurons: !ref <pooled>
    relu: !new:torch.nn.ReLU
    layer2: !new:speechbrain.nnet.linear.Linear
        input_size: !ref <pooled>
        n_neurons: 1
    squash: !new:torch.nn.Sigmoid

modules:
    encoder: !ref <Encoder>
    encoder_out: !ref <Readout>
"""

_CONVOLUTION = """\
    cnn$number: !new:speechbrain.nnet.CNN.Conv1d
        in_channels: $channels
        kernel_size: 4
        out_channels: !ref <width>
        stride: $stride
        skip_transpose: True
        padding: valid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A text with places for sizes."""

    template: str
    published: Mapping[str, object]
    small: Mapping[str, object]

    def text(self, size: Literal["small", "published"], num_sources: int) -> str:
        sizes = self.published if size == "published" else self.small
        return Template(self.template).substitute(sizes, num_sources=num_sources)


def _with_masknet(*parts: str) -> str:
    return Template(_AROUND).safe_substitute(masknet="\n".join(parts))


def _both_paths(path: str, **named: str) -> tuple[str, str]:
    within, across = (Template(path).safe_substitute(name=name, **named) for name in ("within", "across"))
    return within, across


def _estimator_template() -> str:
    layers = []
    for number, stride in enumerate((1, 2, 2, 2, 2), start=1):
        channels = 2 if number == 1 else "!ref <width>"
        layers.append(Template(_CONVOLUTION).substitute(number=number, stride=stride, channels=channels))
        if number < 5:
            layers.append(f"    relu{number}: !new:torch.nn.ReLU\n")
    return Template(_ESTIMATOR).safe_substitute(layers="".join(layers))


SEPARATOR_RECIPES: dict[str, Recipe] = {
    "speechbrain_sepformer": Recipe(
        template=_with_masknet(*_both_paths(_TRANSFORMER, block="dual_path.SBTransformerBlock"), _DUAL_PATH),
        published={
            "filters": 256, "layers": 8, "heads": 8, "feedforward": 1024, "blocks": 2, "chunk": 250,
            "has_linear": False,
        },
        small={
            "filters": 16, "layers": 2, "heads": 4, "feedforward": 24, "blocks": 2, "chunk": 20,
            "has_linear": False,
        },
    ),
    "speechbrain_re_sepformer": Recipe(
        template=_with_masknet(
            *_both_paths(_TRANSFORMER, block="resepformer.SBTransformerBlock_wnormandskip"), _SEGMENTS
        ),
        published={"filters": 128, "layers": 8, "heads": 8, "feedforward": 1024, "blocks": 2, "chunk": 150},
        small={"filters": 16, "layers": 2, "heads": 4, "feedforward": 24, "blocks": 3, "chunk": 15},
    ),
    "speechbrain_dprnn": Recipe(
        template=_with_masknet(*_both_paths(_RECURRENT), _DUAL_PATH),
        published={"filters": 256, "hidden": 256, "blocks": 6, "chunk": 250, "has_linear": True},
        small={"filters": 16, "hidden": 12, "blocks": 2, "chunk": 20, "has_linear": True},
    ),
    "speechbrain_conv_tasnet": Recipe(
        template=_with_masknet(_CONVOLUTIONS),
        published={
            "filters": 256, "bottleneck": 256, "hidden": 512, "blocks": 6, "repeats": 4, "causal": False,
        },
        small={"filters": 16, "bottleneck": 8, "hidden": 12, "blocks": 3, "repeats": 2, "causal": False},
    ),
    "speechbrain_conv_tasnet_causal": Recipe(
        template=_with_masknet(_CONVOLUTIONS),
        published={
            "filters": 256, "bottleneck": 256, "hidden": 512, "blocks": 6, "repeats": 4, "causal": True,
        },
        small={"filters": 16, "bottleneck": 8, "hidden": 12, "blocks": 3, "repeats": 2, "causal": True},
    ),
}  # fmt: skip

ESTIMATOR_RECIPE = Recipe(
    template=_estimator_template(),
    published={"filters": 128, "pooled": 256},
    small={"filters": 8, "pooled": 16},
)
