"""Reading what a mixing stream needs beside voices: the noises and rooms of a corpus, and simulated rooms."""

from __future__ import annotations

import logging
from pathlib import Path

from modeling.data.bank import load_signals
from modeling.data.corpus import Split, read_noises, read_rooms
from modeling.data.mixing import Surroundings
from modeling.data.mixing_config import MixingConfig
from modeling.data.room_shards import read_rooms_folder
from modeling.data.rooms import RoomBank
from modeling.errors import InputRefused
from modeling.waveforms import Samples

logger = logging.getLogger(__name__)


def load_surroundings(
    corpus: Path, *, config: MixingConfig, sample_rate_hz: int, split: Split = "train"
) -> Surroundings:
    """Noises and rooms of a split, as far as the shares of `config` use them."""
    noises = _noises(corpus, config=config, split=split)
    responses = read_rooms(corpus, split=split) if config.reverberant_share else []
    signals = load_signals(
        [response.path for response in responses], corpus=corpus, sample_rate_hz=sample_rate_hz
    )
    return Surroundings(
        noises=load_signals(noises, corpus=corpus, sample_rate_hz=sample_rate_hz),
        rooms=RoomBank(
            list(zip(responses, signals, strict=True)),
            sample_rate_hz=sample_rate_hz,
            simulated=_simulated(config, sample_rate_hz),
        ),
    )


def _noises(corpus: Path, *, config: MixingConfig, split: Split) -> list[Path]:
    """Nothing stands in for recorded noise, so a share of it without any is refused, not left out."""
    if not config.noisy_share:
        return []
    noises = read_noises(corpus, split=split)
    if not noises:
        raise InputRefused(
            f"mixing.noisy_share is {config.noisy_share:g}, but the corpus {corpus} has no noise in its {split!r} "
            "split: add some (python -m modeling prepare corpus --help), or train without, by "
            "--set mixing.noisy_share=0 (in a run of stages: --set stages.N.mixing.noisy_share=0 for each)."
        )
    return noises


def _simulated(config: MixingConfig, sample_rate_hz: int) -> list[list[Samples]]:
    if not config.reverberant_share:
        return []
    if config.rooms_folder is None:
        logger.info(
            "No simulated rooms are given: decaying noise stands in for them. Better ones: python -m modeling "
            "prepare rooms --count 2000 --out DIR, then --set mixing.rooms_folder=DIR."
        )
        return []
    return read_rooms_folder(config.rooms_folder, sample_rate_hz=sample_rate_hz)
