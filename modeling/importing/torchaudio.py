"""torchaudio's ConvTasNet: a `.pt` file with a bare state dictionary, such as conv_tasnet_base_libri2mix.pt."""

from __future__ import annotations

from pathlib import Path

from modeling.errors import InputRefused
from modeling.importing.checkpoints import ForeignModel, Hints, read_tensors
from modeling.importing.fitting import turned
from modeling.importing.tables import torchaudio_conv_tasnet

PUBLISHED_RATE_HZ = 8000


def read_torchaudio(path: Path, hints: Hints) -> ForeignModel:
    """The one separator that torchaudio publishes in this form; `--set msk_activate=` says its mask function."""
    state = read_tensors(path)
    if not any(name.startswith("mask_generator.") for name in state):
        raise InputRefused(
            f"{path} is no ConvTasNet of torchaudio: no tensor of it belongs to a mask_generator."
        )
    name = "ConvTasNet"
    settings = hints.completed({})
    config = turned(lambda: torchaudio_conv_tasnet.config_of(state, settings), source=path, architecture=name)
    hints.refuse_unread(settings, architecture=f"torchaudio's {name}")
    weights = turned(lambda: torchaudio_conv_tasnet.rename(state), source=path, architecture=name)
    is_assumed = hints.sample_rate_hz is None
    return ForeignModel(
        architecture=f"torchaudio {name}",
        config=config,
        weights=weights,
        sample_rate_hz=hints.sample_rate_hz or PUBLISHED_RATE_HZ,
        assumed=(f"sample rate {PUBLISHED_RATE_HZ} Hz",) if is_assumed else (),
    )
