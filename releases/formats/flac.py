"""The main layout: `audio/<session>/<mixture>.flac` at the original rate, `manifest.csv` and `manifest.jsonl`.

FLAC holds up to 24-bit integers. A take whose samples are finer (32-bit float from a browser that resampled) would
lose its last bits, so it is published as a float WAV instead; the manifest says which.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from audio.errors import AudioRefused
from audio.files import encode_flac, encode_wav, flac_bits
from audio.wav import SampleFormat
from releases.rows import ReleaseContents, ReleasedRecording
from releases.sounds import read_original

AUDIO_FOLDER = "audio"
DECIMALS_OF_SECONDS = 4
ESTIMATED = ("si_snr_db", "low_db", "high_db", "out_of_domain")


def write_layout(*, contents: ReleaseContents, folder: Path, report: Callable[[int, int], None]) -> None:
    sources = max([2, *(len(recording.stems) for recording in contents.recordings)])
    rows = []
    for number, recording in enumerate(contents.recordings, start=1):
        file = write_sound(recording, folder)
        rows.append(manifest_row(recording, file=file, sources=sources))
        report(number, len(contents.recordings))
    write_jsonl(folder / "manifest.jsonl", rows)
    write_csv(folder / "manifest.csv", rows)


def write_sound(recording: ReleasedRecording, folder: Path) -> dict[str, Any]:
    """Write one sound without losing a bit; what the manifest says about the file."""
    samples = read_original(recording)
    encoding, bits, data = encode_exactly(recording, samples)
    name = f"{AUDIO_FOLDER}/{recording.session}/{recording.mixture_name}.{encoding}"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return {
        "file": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "encoding": encoding,
        "bits_per_sample": bits,
    }


def encode_exactly(recording: ReleasedRecording, samples: NDArray[np.float32]) -> tuple[str, int, bytes]:
    bits = flac_bits(cast(SampleFormat, recording.sample_format))
    rate_hz = recording.sample_rate_hz
    if fits_integers(samples, bits=bits):
        try:
            return "flac", bits, encode_flac(samples, sample_rate_hz=rate_hz, bits_per_sample=bits)
        except AudioRefused:
            pass  # FLAC has no room for some unusual sample rates
    return "wav", 32, encode_wav(samples, sample_rate_hz=rate_hz, sample_format="float32")


def fits_integers(samples: NDArray[np.float32], *, bits: int) -> bool:
    """Whether every sample is a whole level within full scale of integers of this depth."""
    full_scale = float(2 ** (bits - 1))
    levels = samples.astype(np.float64) * full_scale
    whole = np.array_equal(levels, np.rint(levels))
    return bool(whole and levels.min() >= -full_scale and levels.max() <= full_scale - 1)


def manifest_row(recording: ReleasedRecording, *, file: dict[str, Any], sources: int) -> dict[str, Any]:
    return {
        "recording_id": recording.recording_id,
        "session": recording.session,
        "number_in_session": recording.number_in_session,
        **file,
        "sample_rate_hz": recording.sample_rate_hz,
        "channels": recording.channels,
        "frames": recording.frames,
        "duration_s": round(recording.duration_s, DECIMALS_OF_SECONDS),
        "original_sha256": recording.original_sha256,
        "original_format": recording.sample_format,
        "sentence_1": recording.sentence_1,
        "sentence_2": recording.sentence_2,
        **recording.facts,
        "quality_flags": list(recording.flags),
        **estimates(recording, sources=sources),
        "estimator": recording.estimator.name,
        "estimator_digest": recording.estimator.digest,
        "estimator_convention": recording.estimator.target_convention,
        "separator": recording.separator.name,
        "separator_digest": recording.separator.digest,
        "separator_convention": recording.separator.target_convention,
    }


def estimates(recording: ReleasedRecording, *, sources: int) -> dict[str, float | None]:
    """One column for each figure and source, also where a recording has no such stem."""
    stems = {stem.source_number: stem for stem in recording.stems}
    return {
        f"{figure}_{source}": getattr(stems.get(source), figure, None)
        for figure in ESTIMATED
        for source in range(1, sources + 1)
    }


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """The same rows as flat text: lists joined by `;`, nothing for unknown, `true` and `false` as in JSON."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: as_cell(value) for name, value in row.items()} for row in rows)


def as_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(value) if isinstance(value, list) else str(value)
