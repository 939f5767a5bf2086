"""Builds WAV bytes piece by piece, so that a test can get one piece wrong."""

import struct

import numpy as np
from numpy.typing import NDArray

PCM = 1
FLOAT = 3
EXTENSIBLE = 0xFFFE
SUBTYPE_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, body: bytes, *, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (len(body) % 2)


def format_chunk(
    *,
    tag: int = PCM,
    channels: int = 1,
    sample_rate_hz: int = 48_000,
    bits: int = 16,
    block_align: int | None = None,
) -> bytes:
    align = channels * bits // 8 if block_align is None else block_align
    byte_rate = min(sample_rate_hz * align, 2**32 - 1)
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", tag, channels, sample_rate_hz, byte_rate, align % 65536, bits)
    )


def extensible_chunk(*, subtype: bytes, channels: int = 1, bits: int = 24, valid_bits: int = 24) -> bytes:
    align = channels * bits // 8
    head = struct.pack("<HHIIHH", EXTENSIBLE, channels, 48_000, 48_000 * align, align, bits)
    return chunk(b"fmt ", head + struct.pack("<HHI", 22, valid_bits, 4) + subtype)


def riff(*chunks: bytes, size: int | None = None, magic: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return magic + struct.pack("<I", len(body) if size is None else size) + body


def pcm16(samples: NDArray[np.floating]) -> bytes:
    return np.round(np.clip(samples, -1, 32767 / 32768) * 32768).astype("<i2").tobytes()


def take(*, duration_s: float = 3.0, sample_rate_hz: int = 48_000, channels: int = 1) -> bytes:
    """An honest 16-bit WAV of a soft tone."""
    frames = round(duration_s * sample_rate_hz)
    tone = 0.1 * np.sin(2 * np.pi * 220 * np.arange(frames) / sample_rate_hz)
    body = pcm16(np.repeat(tone[:, None], channels, axis=1))
    return riff(format_chunk(channels=channels, sample_rate_hz=sample_rate_hz), chunk(b"data", body))
