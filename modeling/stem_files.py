"""Stems into files: whole or block by block, aside and then renamed, never over somebody's file unasked.

Shape suffixes: c stems, t samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from audio.files import wav_head
from modeling.errors import InputRefused
from modeling.streaming import resampled_blocks
from modeling.waveforms import Samples

HIGHEST_FLAC_HZ = 65_535
SUFFIXES = (".flac", ".wav")


@dataclass(frozen=True, slots=True, kw_only=True)
class StemTarget:
    """Where stems go: `NAME_stem1.flac` and so on in a folder, at a rate and with a length in samples."""

    folder: Path
    name: str
    sample_rate_hz: int
    length: int

    def path(self, number: int, suffix: str) -> Path:
        return self.folder / f"{self.name}_stem{number}{suffix}"


def make_folder(folder: Path) -> None:
    """Make the folder for stems, or say what stands in its place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputRefused(
            f"Stems cannot be written to {folder} ({error.strerror}): name a folder."
        ) from error


def refuse_existing(target: StemTarget) -> None:
    """Refuse to write where stems of this name lie already."""
    for suffix in SUFFIXES:
        path = target.path(1, suffix)
        if path.exists():
            raise InputRefused(
                f"{path} exists already. Name another --out folder, or pass --overwrite to replace it."
            )


def write_stem_blocks(
    blocks: Callable[[], Iterator[Samples]], *, target: StemTarget, from_hz: int
) -> list[Path]:
    """Write one file per stem from blocks `(stems, samples)` at `from_hz`; `blocks` is called twice.

    16-bit FLAC, unless a stem exceeds full scale or FLAC cannot hold the rate: then all stems are 32-bit float
    WAV, since a clipped or rescaled stem would no longer add up to the mixture. All files appear together, once
    they are whole.
    """
    make_folder(target.folder)

    def final_blocks() -> Iterator[Samples]:
        resampled = resampled_blocks(blocks(), from_hz=from_hz, to_hz=target.sample_rate_hz)
        return _with_length(resampled, target.length)

    sources, peak = 0, 0.0
    for block_ct in final_blocks():
        sources, peak = len(block_ct), max(peak, float(np.abs(block_ct).max(initial=0.0)))
    suffix = ".flac" if peak <= 1.0 and _is_flac_rate(target.sample_rate_hz) else ".wav"
    paths = [target.path(number, suffix) for number in range(1, sources + 1)]
    aside = [path.with_name(path.name + ".part") for path in paths]
    try:
        _write_all(final_blocks(), aside, target=target, suffix=suffix)
        for part, path in zip(aside, paths, strict=True):
            part.replace(path)
    finally:
        for part in aside:
            part.unlink(missing_ok=True)
    _remove_outdated(target, sources=sources, kept=suffix)
    return paths


def _write_all(blocks: Iterator[Samples], paths: list[Path], *, target: StemTarget, suffix: str) -> None:
    with ExitStack() as stack:
        writers = [
            _FlacWriter(stack, path, target) if suffix == ".flac" else _FloatWavWriter(stack, path, target)
            for path in paths
        ]
        for block_ct in blocks:
            for writer, block_t in zip(writers, block_ct, strict=True):
                writer.write(block_t)


class _FlacWriter:
    def __init__(self, stack: ExitStack, path: Path, target: StemTarget) -> None:
        self._sound = stack.enter_context(
            soundfile.SoundFile(
                path, "w", samplerate=target.sample_rate_hz, channels=1, format="FLAC", subtype="PCM_16"
            )
        )

    def write(self, block_t: Samples) -> None:
        levels_t = np.rint(block_t.astype(np.float64) * 32768)
        self._sound.write(np.clip(levels_t, -32768, 32767).astype(np.int16))


class _FloatWavWriter:
    def __init__(self, stack: ExitStack, path: Path, target: StemTarget) -> None:
        self._file: BinaryIO = stack.enter_context(path.open("wb"))
        head = wav_head(
            target.length, channels=1, sample_rate_hz=target.sample_rate_hz, sample_format="float32"
        )
        self._file.write(head)

    def write(self, block_t: Samples) -> None:
        self._file.write(np.ascontiguousarray(block_t, dtype="<f4").data)


def _with_length(blocks: Iterator[Samples], length: int) -> Iterator[Samples]:
    """Cut or pad with silence: resampling there and back may be a sample off."""
    written, rows = 0, 0
    for block_ct in blocks:
        rows = len(block_ct)
        kept_ct = block_ct[:, : length - written]
        written += kept_ct.shape[1]
        yield kept_ct
    if written < length:
        yield np.zeros((rows, length - written), dtype=np.float32)


def _is_flac_rate(sample_rate_hz: int) -> bool:
    return sample_rate_hz <= HIGHEST_FLAC_HZ or (sample_rate_hz % 10 == 0 and sample_rate_hz <= 655_350)


def _remove_outdated(target: StemTarget, *, sources: int, kept: str) -> None:
    """Stems of an earlier separation in the other format would be taken for this one's."""
    for suffix in SUFFIXES:
        if suffix != kept:
            for number in range(1, sources + 1):
                target.path(number, suffix).unlink(missing_ok=True)
