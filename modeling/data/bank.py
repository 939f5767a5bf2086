"""All speech of a split, decoded once into memory at the training rate and at a few speeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from modeling.acoustics import change_rate, loudness_lufs
from modeling.data.corpus import Clip
from modeling.waveforms import MonoWaveform, Samples, read_mono

LOUDNESS_LUFS = -25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BankedClip:
    """One clip as 16-bit samples per speed (5.7 h at 8 kHz and five speeds take 1.6 GB) and its gain."""

    speaker_id: str
    source: str
    samples_by_speed: dict[int, NDArray[np.int16]]
    gain: float
    sex: str = ""
    """f, m or empty where it is not known."""

    def length(self, *, speed_percent: int) -> int:
        return len(self.samples_by_speed[speed_percent])

    def cut(self, *, speed_percent: int, start: int, length: int) -> Samples:
        """A part of the clip at `LOUDNESS_LUFS`."""
        scale = np.float32(self.gain / 32767.0)
        return self.samples_by_speed[speed_percent][start : start + length].astype(np.float32) * scale

    def samples(self, speed_percent: int) -> Samples:
        """The clip at `LOUDNESS_LUFS`, played at one of the banked speeds."""
        return self.cut(speed_percent=speed_percent, start=0, length=self.length(speed_percent=speed_percent))


def load_clips(
    clips: Sequence[Clip], *, corpus: Path, sample_rate_hz: int, speeds_percent: Sequence[int]
) -> list[BankedClip]:
    """Decode clips; every speed but 100 is a new voice of the same person."""
    bar = tqdm(clips, desc="decoding speech", unit="clip", mininterval=5.0, disable=None)
    threads = torch.get_num_threads()
    # Clips are short: on a busy machine, threads that wait for each other make this ten times slower.
    torch.set_num_threads(1)
    try:
        return [
            bank_clip(
                clip,
                read_mono(corpus / clip.path),
                sample_rate_hz=sample_rate_hz,
                speeds_percent=speeds_percent,
            )
            for clip in bar
        ]
    finally:
        torch.set_num_threads(threads)


def load_signals(paths: Sequence[Path], *, corpus: Path, sample_rate_hz: int) -> list[Samples]:
    """Decode noises or room responses at the training rate."""
    waveforms = [read_mono(corpus / path) for path in paths]
    return [
        change_rate(
            torch.from_numpy(waveform.samples), from_hz=waveform.sample_rate_hz, to_hz=sample_rate_hz
        ).numpy()
        for waveform in waveforms
    ]


def bank_clip(
    clip: Clip, waveform: MonoWaveform, *, sample_rate_hz: int, speeds_percent: Sequence[int]
) -> BankedClip:
    """Resample a decoded clip to every speed at the training rate."""
    samples_t = torch.from_numpy(waveform.samples)
    at_speed = {
        speed: change_rate(
            samples_t, from_hz=waveform.sample_rate_hz, to_hz=sample_rate_hz, speed_percent=speed
        )
        for speed in speeds_percent
    }
    loudness = loudness_lufs(next(iter(at_speed.values())), sample_rate_hz=sample_rate_hz)
    gain = 10 ** ((LOUDNESS_LUFS - loudness) / 20) if np.isfinite(loudness) else 0.0
    return BankedClip(
        speaker_id=clip.speaker_id,
        source=clip.source,
        samples_by_speed={speed: _as_int16(signal.numpy()) for speed, signal in at_speed.items()},
        gain=gain,
        sex=clip.sex,
    )


def _as_int16(samples: Samples) -> NDArray[np.int16]:
    return np.clip(np.round(samples * 32767.0), -32768, 32767).astype(np.int16)
