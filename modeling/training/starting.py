"""The weights a run begins with when it goes on from a bundle: all of them, or what fits another number of voices."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from modeling.bundles import Bundle, read_bundle
from modeling.errors import InputRefused
from modeling.models.configs import ModelConfig, SeparatorConfig
from modeling.runs.config import RunConfig

logger = logging.getLogger(__name__)


def weights_to_start_from(run: RunConfig, path: Path, *, fresh: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The bundle's weights; `fresh` ones where the run separates another number of voices and a shape differs."""
    bundle = read_bundle(path)
    if not _fits(bundle, run.model):
        raise InputRefused(f"Bundle {bundle.path} has another configuration than run {run.name!r}.")
    stored = {name: value.float() for name, value in load_file(bundle.weights_path).items()}
    fitting = {
        name: stored[name] for name in fresh if name in stored and stored[name].shape == fresh[name].shape
    }
    if begun_anew := [name for name in fresh if name not in fitting]:
        logger.info("Begun anew, since %s has another shape for them: %s.", path, ", ".join(begun_anew))
    return {name: fitting.get(name, value.clone()) for name, value in fresh.items()}


def _fits(bundle: Bundle, wanted: ModelConfig) -> bool:
    config = bundle.config
    if isinstance(config, SeparatorConfig) and isinstance(wanted, SeparatorConfig):
        config = dataclasses.replace(config, num_sources=wanted.num_sources)
    return config.learned == wanted.learned
