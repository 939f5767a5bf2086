"""Reads the sounds of a release from the store, and refuses bytes that are not those the row speaks of."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from numpy.typing import NDArray

from audio.files import read_audio
from audio.wav import WavLimits, decode_wav, parse_wav
from core.errors import Broken
from core.storage import object_store
from releases.rows import ReleasedRecording, ReleasedStem

# Takes are gated at upload; here only the header is bounded, far above any campaign's limit.
LONGEST_S = 3_600.0


def checked_bytes(*, key: str, sha256: str) -> bytes:
    data = b"".join(object_store().iterate(key))
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Broken(
            f"The object {key} was changed in the store: its SHA-256 is {found}, the row says {sha256}. "
            "Restore it from a backup; no release is built from it."
        )
    return data


def read_original(recording: ReleasedRecording) -> NDArray[np.float32]:
    """Samples as stored, shape (frames, channels), full scale 1; exact for 16, 24 and 32 bits."""
    data = checked_bytes(key=recording.object_key, sha256=recording.original_sha256)
    return decode_wav(data, parse_wav(data, limits=WavLimits(max_duration_s=LONGEST_S)))


def read_stem(stem: ReleasedStem) -> NDArray[np.float32]:
    """Samples of a separated signal, one channel, shape (frames,)."""
    data = checked_bytes(key=stem.object_key, sha256=stem.sha256)
    return mono(read_audio(io.BytesIO(data), max_duration_s=LONGEST_S).samples)


def mono(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the channels, shape (frames,); what the separator heard."""
    averaged: NDArray[np.float32] = samples.mean(axis=1, dtype=np.float64).astype(np.float32)
    return averaged
