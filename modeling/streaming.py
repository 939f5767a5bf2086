"""Long recordings read and kept piece by piece, so that memory does not grow with their length.

Shape suffixes: c rows (stems, then the mixture), t samples.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soxr

from audio.errors import AudioRefused
from audio.files import OpenAudio, open_audio
from audio.resample import resampled_length
from modeling.errors import InputRefused
from modeling.waveforms import LONGEST_FILE_S, Samples, unreadable


class SampleStream:
    """A file as mono samples (the mean of its channels) at one rate; read from front to back."""

    def __init__(self, audio: OpenAudio, *, path: Path, sample_rate_hz: int) -> None:
        self.path = path
        self.source_frames = audio.frames
        self.source_rate_hz = audio.sample_rate_hz
        # A file of a few samples may round to nothing at a lower rate; one sample is the least a signal has.
        self.length = max(
            1, resampled_length(audio.frames, from_hz=audio.sample_rate_hz, to_hz=sample_rate_hz)
        )
        mono = (block.mean(axis=1, keepdims=True).T for block in audio.blocks)
        self._blocks = resampled_blocks(mono, from_hz=audio.sample_rate_hz, to_hz=sample_rate_hz)
        self._kept_t: Samples = np.zeros(0, dtype=np.float32)
        self._kept_from = 0

    def between(self, start: int, end: int) -> Samples:
        """Samples from `start` to `end`; `start` may never be before that of an earlier call."""
        self._kept_t = self._kept_t[start - self._kept_from :]
        self._kept_from = start
        pieces, count = [self._kept_t], len(self._kept_t)
        while count < end - start:
            try:
                block_ct = next(self._blocks, None)
            except AudioRefused as refusal:
                raise InputRefused(f"{self.path}: {refusal.message}") from refusal
            piece_t = np.zeros(end - start - count, np.float32) if block_ct is None else block_ct[0]
            pieces.append(piece_t)
            count += len(piece_t)
        self._kept_t = np.concatenate(pieces)
        return self._kept_t[: end - start]


@contextmanager
def open_samples(path: Path, *, sample_rate_hz: int) -> Iterator[SampleStream]:
    """Open a file to read it piece by piece; refuses what is not audio, empty, or too long."""
    try:
        with open_audio(path, max_duration_s=LONGEST_FILE_S) as audio:
            if not audio.frames:
                raise InputRefused(f"{path} holds no samples.")
            yield SampleStream(audio, path=path, sample_rate_hz=sample_rate_hz)
    except AudioRefused as refusal:
        raise InputRefused(f"{path}: {refusal.message}") from refusal
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise unreadable(path, error) from error


def resampled_blocks(blocks: Iterator[Samples], *, from_hz: int, to_hz: int) -> Iterator[Samples]:
    """Change the rate of a signal `(rows, samples)` that comes in blocks, as `audio.resample` does it at once.

    The length is that of the whole signal at the new rate, give or take a sample of rounding.
    """
    if from_hz == to_hz:
        yield from blocks
        return
    stream: soxr.ResampleStream | None = None
    rows = 1
    for block_ct in blocks:
        if stream is None:
            rows = len(block_ct)
            stream = soxr.ResampleStream(from_hz, to_hz, rows, dtype="float32", quality="VHQ")
        yield stream.resample_chunk(np.ascontiguousarray(block_ct.T)).T
    if stream is not None:
        yield stream.resample_chunk(np.zeros((0, rows), np.float32), last=True).T


class ChunkSpool:
    """Chunks of signals `(rows, samples)` on disk, in a file without a name that no crash can leave behind."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._shapes: list[tuple[int, int]] = []

    def append(self, chunk_ct: Samples) -> None:
        self._file.write(np.ascontiguousarray(chunk_ct, dtype=np.float32).data)
        self._shapes.append((chunk_ct.shape[0], chunk_ct.shape[1]))

    def __iter__(self) -> Iterator[Samples]:
        """All chunks in the order they came; may be read again."""
        self._file.seek(0)
        for rows, samples in self._shapes:
            data = self._file.read(rows * samples * 4)
            yield np.frombuffer(data, dtype=np.float32).reshape(rows, samples)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
