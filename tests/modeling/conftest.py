"""A tiny corpus made on the spot: three sources of four speakers whose voices are tones and noise."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.modeling.tiny_runs import write_stems

# Tiny models on a busy machine: threads that wait for each other cost far more than they gain.
torch.set_num_threads(1)

RATE_HZ = 16_000
COLUMNS = ["path", "speaker_id", "split", "duration_s", "gender"]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(0)
    rows = [
        _write_clip(folder, rng, source=source, split=split, number=number)
        for source in ("aa", "bb", "pico")
        for split in ("train", "valid", "test")
        for number in range(4)
    ]
    _write_manifest(folder / "speech" / "manifest.csv", COLUMNS, rows)
    _write_noise_and_rooms(folder, rng)
    return folder


@pytest.fixture(scope="session")
def stored_stems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_stems(tmp_path_factory.mktemp("stems"))


def _write_clip(folder: Path, rng: np.random.Generator, *, source: str, split: str, number: int) -> list[str]:
    speaker = f"{source}_{split}{number}"
    path = Path("speech") / source / f"{speaker}.flac"
    duration_s = 1.0 + 0.2 * number
    time_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    tone = np.sin(2 * np.pi * (150 + 70 * number) * time_s) * (1 + np.sin(2 * np.pi * 3 * time_s))
    _write(folder / path, 0.1 * tone + 0.01 * rng.standard_normal(len(time_s)))
    return [path.as_posix(), speaker, split, f"{duration_s}", "fm"[number % 2]]


def _write_noise_and_rooms(folder: Path, rng: np.random.Generator) -> None:
    _write(folder / "noise" / "hum.flac", 0.05 * rng.standard_normal(RATE_HZ))
    _write_manifest(folder / "noise" / "manifest.csv", ["path", "split"], [["noise/hum.flac", "train"]])
    for channel in (0, 1):
        decay = np.exp(-np.arange(800) / 100.0) * rng.standard_normal(800) * 0.1
        decay[channel * 10] = 0.9
        _write(folder / "rirs" / f"room_ch{channel}.flac", decay)
    rows = [[f"rirs/room_ch{channel}.flac", "room", "train"] for channel in (0, 1)]
    _write_manifest(folder / "rirs" / "manifest.csv", ["path", "room", "split"], rows)


def _write(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE_HZ)


def _write_manifest(path: Path, columns: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)
