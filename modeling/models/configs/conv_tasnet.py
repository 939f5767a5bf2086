"""Configuration of Conv-TasNet in all its published variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modeling.models.configs.base import SeparatorConfig

NormScope = Literal["global", "channel", "cumulative"]
Framing = Literal["centred", "valid"]
DepthwisePadding = Literal["zeros", "reflect", "causal", "late_causal"]
MaskFunction = Literal["sigmoid", "relu", "linear", "softmax_over_sources", "softmax_over_filters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvTasnetConfig(SeparatorConfig):
    """Luo and Mesgarani, 2019 (TASLP 27), table II, best non-causal network at 8 kHz: N 512, L 16, B 128, Sc 128,
    H 512, P 3, X 8, R 3; their letters stand behind the settings. Two speakers: 4,984,881 parameters, and 5,050,545
    when the last block keeps a residual branch that nothing reads, as in the paper's count of 5.1 million.
    """

    num_filters: int = 512
    """N: filters of the encoder and the decoder."""
    filter_samples: int = 16
    """L: length of a filter."""
    hop_samples: int = 8
    bottleneck_channels: int = 128
    """B: width of the path that the blocks add to."""
    hidden_channels: int = 512
    """H: width inside a block."""
    skip_channels: int = 128
    """Sc: width of the sum of all blocks that the masks are read from; without a skip path it is not used."""
    kernel_frames: int = 3
    """P: taps of the dilated depthwise convolutions."""
    blocks_per_repeat: int = 8
    """X: dilations 1, 2, 4, ..., 2 ** (X - 1)."""
    num_repeats: int = 3
    """R."""
    norm: NormScope = "global"
    """Inside the blocks: gLN (whole item), channel-wise (each frame alone) or cumulative (the paper's cLN)."""
    input_norm: NormScope = "global"
    framing: Framing = "centred"
    """`centred` pads one hop in front, so that every sample is covered by as many frames as any other; `valid`
    pads nothing: samples past the last whole frame are lost, as in two of the three published codes."""
    depthwise_padding: DepthwisePadding = "zeros"
    """What the convolutions see past both ends. `causal` looks only back; `late_causal` back and one dilation
    later than needed, which is what SpeechBrain's `causal: True` computes."""
    mask: MaskFunction = "sigmoid"
    has_encoder_relu: bool = False
    has_skip_path: bool = True
    has_biases: bool = True
    has_output_prelu: bool = True
    has_last_residual: bool = False
    """Weights of a branch without any effect; only to hold every weight of an imported checkpoint."""
