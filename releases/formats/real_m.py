"""The layout of REAL-M v0.1.0, so that loaders written for it read our releases unchanged.

    REAL-M-v0.1.0/audio_files_converted_8000Hz/<session>/mixture_<i>_<session>.wav   8 kHz, one channel, 16 bits
    REAL-M-v0.1.0/transcriptions/<session>.csv                                      index,sentence1,sentence2,filename
    REAL-M-v0.1.0/separations/mixture_<i>_<session>.wavsource<k>hat.wav             what our separator made of it

Three of its first sessions carried worker ids; ours has none.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.files import write_wav
from audio.resample import resample
from releases.rows import ReleaseContents, ReleasedRecording
from releases.sounds import mono, read_original, read_stem

ROOT = "REAL-M-v0.1.0"
MIXTURES = "audio_files_converted_8000Hz"
SAMPLE_RATE_HZ = 8_000
COLUMNS = ("index", "sentence1", "sentence2", "filename")


def write_layout(*, contents: ReleaseContents, folder: Path, report: Callable[[int, int], None]) -> None:
    root = folder / ROOT
    for name in (MIXTURES, "transcriptions", "separations"):
        (root / name).mkdir(parents=True)
    for session, recordings in groupby(contents.recordings, key=lambda recording: recording.session):
        write_transcriptions(root / "transcriptions" / f"{session}.csv", list(recordings))
    for number, recording in enumerate(contents.recordings, start=1):
        write_mixture(recording, root)
        write_separations(recording, root / "separations")
        report(number, len(contents.recordings))


def mixture_file(recording: ReleasedRecording) -> str:
    return f"{recording.mixture_name}.wav"


def write_transcriptions(path: Path, recordings: list[ReleasedRecording]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for index, recording in enumerate(recordings):
            writer.writerow([index, recording.sentence_1, recording.sentence_2, mixture_file(recording)])


def write_mixture(recording: ReleasedRecording, root: Path) -> None:
    folder = root / MIXTURES / recording.session
    folder.mkdir(exist_ok=True)
    samples = mono(read_original(recording))
    write_8_khz(folder / mixture_file(recording), samples, from_hz=recording.sample_rate_hz)


def write_separations(recording: ReleasedRecording, folder: Path) -> None:
    for stem in recording.stems:
        path = folder / f"{mixture_file(recording)}source{stem.source_number}hat.wav"
        write_8_khz(path, read_stem(stem), from_hz=stem.sample_rate_hz)


def write_8_khz(path: Path, samples: NDArray[np.float32], *, from_hz: int) -> None:
    write_wav(path, resample(samples, from_hz=from_hz, to_hz=SAMPLE_RATE_HZ), sample_rate_hz=SAMPLE_RATE_HZ)
