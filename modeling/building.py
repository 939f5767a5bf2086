"""Building networks from a catalog name, and loading a bundle's weights into them."""

from __future__ import annotations

from importlib import import_module

import torch
from safetensors.torch import load_file
from torch import nn

from modeling.bundles import Bundle
from modeling.catalog import MODELS, model_name
from modeling.errors import BundleBroken, InputRefused
from modeling.models.configs import ModelConfig


def build_model(config: ModelConfig) -> nn.Module:
    """Build the network that a Config describes, with fresh random weights."""
    module, _, network = MODELS[model_name(config)].network.partition(":")
    model: nn.Module = getattr(import_module(module), network)(config)
    return model


def load_model(bundle: Bundle, *, device: torch.device) -> nn.Module:
    """Build a bundle's network with its weights (used in single precision, stored in that or half), ready to infer."""
    model = build_model(bundle.config)
    weights = {name: value.float() for name, value in load_file(bundle.weights_path).items()}
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise BundleBroken(
            f"Bundle {bundle.path}: the weights do not fit model {bundle.model!r}: {error}"
        ) from error
    return model.to(device).eval()


def pick_device(name: str = "auto") -> torch.device:
    """`auto` takes the GPU when there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputRefused("--device cuda was asked for, but PyTorch sees no GPU. Use --device cpu.")
    return torch.device(name)
