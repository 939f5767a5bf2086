"""A frozen self-supervised network in front of an estimator: WavLM, HuBERT or wav2vec 2.0, from a local file.

The file holds a `state_dict` in the names of torchaudio's own architectures (`torchaudio.models`), 16 kHz. Its sizes
are read from its tensors; it is neither trained nor stored in bundles, which name it and its SHA-256.

Shape suffixes: b batch, c stems, k views, i items, t samples, l layers, n frames, d features, o tokens, e token size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from modeling.acoustics import load_torchaudio
from modeling.errors import InputRefused
from modeling.front_ends import find_front_end
from modeling.models.configs import QualityEstimatorConfig

SAMPLE_RATE_HZ = 16_000

HEAD_SIZE = 64
HEADS_OF_SIZE = {1280: 16, 1920: 16}
"""Weights do not tell the number of heads: 64 features each, but for the largest published networks."""

WAVLM_MAX_DISTANCE = 800
FIRST_STRIDE, STRIDE = 5, 2

_LAYERS = "encoder.transformer.layers."
_POSITIONS = "encoder.transformer.pos_conv_embed.conv."


class FrozenFrontEnd(nn.Module):
    """What the network hears of mixture and stem, as tokens: all layers, summed with learned weights, projected.

    Begins as nothing at all: what it adds to an estimator's own tokens grows from zero.
    """

    network: Any
    resample: Any

    def __init__(self, config: QualityEstimatorConfig) -> None:
        super().__init__()
        path = find_front_end(config.front_end_file, sha256=config.front_end_sha256)
        network, upsampling = load_front_end(path), config.front_end_upsampling
        # Not submodules: neither trained, nor averaged, nor stored.
        object.__setattr__(self, "network", network)
        object.__setattr__(self, "resample", _resampler(upsampling))
        self.layer_weight_l = nn.Parameter(torch.zeros(len(network.encoder.transformer.layers)))
        self.project = nn.Linear(2 * front_end_size(network), config.token_size)
        nn.init.zeros_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> FrozenFrontEnd:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.network._apply(fn)
        self.resample._apply(fn)
        return self

    def forward(self, signals_bckt: Tensor, lengths_b: Tensor, mask_io: Tensor) -> Tensor:
        """Tokens `(items, tokens, token size)` where `mask_io` has an item's own, from views of mixture and stem.

        Rows of one length together, others apart: these networks would hear the padding of a batch.
        """
        sources = signals_bckt.shape[1]
        own_b = mask_io[::sources].sum(dim=1)
        added_bcoe = signals_bckt.new_zeros(
            (*signals_bckt.shape[:2], mask_io.shape[1], self.project.out_features)
        )
        for length in sorted(set(lengths_b.tolist())):
            chosen_b = (lengths_b == length).nonzero().squeeze(-1)
            tokens = int(own_b[chosen_b[0]])
            own_bcoe = self._tokens(signals_bckt[chosen_b, ..., : max(1, length)], tokens=tokens)
            padded_bcoe = functional.pad(own_bcoe, (0, 0, 0, mask_io.shape[1] - tokens))
            added_bcoe = added_bcoe.index_put((chosen_b,), padded_bcoe.to(added_bcoe.dtype))
        return added_bcoe.flatten(0, 1)

    def _tokens(self, signals_bckt: Tensor, *, tokens: int) -> Tensor:
        """The mixture is heard once for all of its stems."""
        batch, sources, _, samples = signals_bckt.shape
        mix_bod = self._heard(signals_bckt[:, 0, 0], tokens=tokens)
        stems_iod = self._heard(signals_bckt[:, :, 1].reshape(-1, samples), tokens=tokens)
        mix_bcod = mix_bod.unsqueeze(1).expand(-1, sources, -1, -1)
        projected: Tensor = self.project(torch.cat([mix_bcod, stems_iod.view_as(mix_bcod)], dim=-1))
        return projected

    def _heard(self, signals_it: Tensor, *, tokens: int) -> Tensor:
        with torch.no_grad():
            features_lind = self._features(signals_it)
        weight_l = self.layer_weight_l.softmax(dim=0).view(-1, 1, 1, 1)
        summed_idn = (weight_l * features_lind).sum(dim=0).transpose(1, 2)
        resized_ido = functional.interpolate(summed_idn, size=tokens, mode="linear", align_corners=False)
        return resized_ido.transpose(1, 2)

    def _features(self, signals_it: Tensor) -> Tensor:
        """Every layer's output, each vector normalised: layers of one network differ in scale by orders."""
        loud_it = self.resample(signals_it.float())
        loud_it = loud_it / loud_it.square().mean(dim=-1, keepdim=True).sqrt().clamp_min(1e-6)
        shortest = _receptive_field(self.network)
        loud_it = functional.pad(loud_it, (0, max(0, shortest - loud_it.shape[-1])))
        with torch.autocast(loud_it.device.type, enabled=False):
            layers, _ = self.network.extract_features(loud_it)
        stacked_lind = torch.stack(layers)
        return functional.layer_norm(stacked_lind, stacked_lind.shape[-1:])


def load_front_end(path: Path) -> Any:
    """Build the network that a file's tensors describe, with them; ready to infer, without gradients."""
    weights = _read_weights(path)
    try:
        network = _build(weights)
        network.load_state_dict(weights)
    except (KeyError, IndexError, RuntimeError, ValueError) as error:
        raise InputRefused(
            f"The front-end {path} is no WavLM, HuBERT or wav2vec 2.0 in torchaudio's names ({error}). Save the "
            "state_dict of a network from torchaudio.models, such as wavlm_base_plus."
        ) from error
    return network.eval().requires_grad_(False)


def front_end_size(network: Any) -> int:
    return int(network.encoder.feature_projection.projection.out_features)


def _read_weights(path: Path) -> Mapping[str, Tensor]:
    try:
        weights = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except (SafetensorError, OSError, RuntimeError, ValueError, EOFError, UnpicklingError) as error:
        raise InputRefused(
            f"The front-end {path} cannot be read as tensors alone: {type(error).__name__}. "
            "It must hold a state_dict, as .pth or .safetensors."
        ) from error
    if not isinstance(weights, Mapping) or not all(isinstance(each, Tensor) for each in weights.values()):
        raise InputRefused(f"The front-end {path} is no state_dict: it holds a {type(weights).__name__}.")
    # The head of a fine-tuned network is not heard here.
    return {name: value.float() for name, value in weights.items() if not name.startswith("aux.")}


def _build(weights: Mapping[str, Tensor]) -> Any:
    models = load_torchaudio().models
    size = len(weights["encoder.feature_projection.projection.weight"])
    shared = {
        **_extractor(weights),
        **_positions(weights),
        "encoder_embed_dim": size,
        "encoder_projection_dropout": 0.0,
        "encoder_num_layers": _count(weights, _LAYERS),
        "encoder_attention_dropout": 0.0,
        "encoder_ff_interm_features": len(weights[f"{_LAYERS}0.feed_forward.intermediate_dense.weight"]),
        "encoder_ff_interm_dropout": 0.0,
        "encoder_dropout": 0.0,
        "encoder_layer_drop": 0.0,
        "aux_num_out": None,
    }
    distances = weights.get(f"{_LAYERS}0.attention.rel_attn_embed.weight")
    if distances is None:
        heads = HEADS_OF_SIZE.get(size, max(1, size // HEAD_SIZE))
        return models.wav2vec2_model(**shared, encoder_num_heads=heads)
    buckets, heads = distances.shape
    return models.wavlm_model(
        **shared,
        encoder_num_heads=heads,
        encoder_num_buckets=buckets,
        encoder_max_distance=WAVLM_MAX_DISTANCE,
    )


def _extractor(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    prefix = "feature_extractor.conv_layers."
    kernels = [weights[f"{prefix}{index}.conv.weight"] for index in range(_count(weights, prefix))]
    is_normed_everywhere = f"{prefix}1.layer_norm.weight" in weights
    return {
        "extractor_mode": "layer_norm" if is_normed_everywhere else "group_norm",
        "extractor_conv_layer_config": [
            (kernel.shape[0], kernel.shape[2], FIRST_STRIDE if index == 0 else STRIDE)
            for index, kernel in enumerate(kernels)
        ],
        "extractor_conv_bias": f"{prefix}0.conv.bias" in weights,
        # All published networks agree in this: norms on every convolution come with norms before the layers.
        "encoder_layer_norm_first": is_normed_everywhere,
    }


def _positions(weights: Mapping[str, Tensor]) -> dict[str, int]:
    old, new = f"{_POSITIONS}weight_v", f"{_POSITIONS}parametrizations.weight.original1"
    size, per_group, kernel = weights[old if old in weights else new].shape
    return {"encoder_pos_conv_kernel": kernel, "encoder_pos_conv_groups": size // per_group}


def _count(weights: Mapping[str, Tensor], prefix: str) -> int:
    numbers = {name[len(prefix) :].split(".")[0] for name in weights if name.startswith(prefix)}
    return 1 + max(map(int, numbers), default=-1)


def _resampler(upsampling: int) -> Any:
    if upsampling == 1:
        return nn.Identity()
    return load_torchaudio().transforms.Resample(SAMPLE_RATE_HZ // upsampling, SAMPLE_RATE_HZ)


def _receptive_field(network: Any) -> int:
    """Samples of the shortest signal that gives a frame."""
    samples = 1
    for layer in reversed(network.feature_extractor.conv_layers):
        samples = (samples - 1) * int(layer.stride) + int(layer.kernel_size)
    return samples
