"""Honest recordings are accepted and decoded exactly."""

import io

import numpy as np
import pytest
import soundfile

from audio.wav import WavLimits, decode_wav, parse_wav, parse_wav_file
from tests.audio import riff

LIMITS = WavLimits()
RAMP = np.linspace(-1, 32767 / 32768, 9_600).astype(np.float32)[:, None]


@pytest.mark.parametrize(
    ("subtype", "sample_format", "step"),
    [("PCM_16", "pcm16", 2**-15), ("PCM_24", "pcm24", 2**-23), ("FLOAT", "float32", 0.0)],
)
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_another_writer_stored_is_read_back(
    subtype: str, sample_format: str, step: float, kind: str, channels: int
) -> None:
    stored = np.repeat(RAMP, channels, axis=1) * np.array([1.0, -0.5])[:channels]
    buffer = io.BytesIO()
    soundfile.write(buffer, stored, 48_000, subtype=subtype, format=kind)
    facts = parse_wav(buffer.getvalue(), limits=LIMITS)
    decoded = decode_wav(buffer.getvalue(), facts)
    assert (facts.sample_format, facts.channels, facts.frames) == (sample_format, channels, 9_600)
    assert decoded.dtype == np.float32
    assert decoded.shape == (9_600, channels)
    assert np.abs(decoded - stored).max() <= step


def test_24_bit_samples_survive_bit_for_bit() -> None:
    values = np.array([-(2**23), -1, 0, 1, 2**23 - 1])
    body = b"".join(int(value).to_bytes(3, "little", signed=True) for value in values)
    data = riff.riff(riff.format_chunk(bits=24), riff.chunk(b"data", body))
    decoded = decode_wav(data, parse_wav(data, limits=LIMITS))
    assert np.array_equal(decoded[:, 0] * 2.0**23, values)


def test_facts_of_a_take_are_exact() -> None:
    facts = parse_wav(riff.take(duration_s=2.5, sample_rate_hz=44_100, channels=2), limits=LIMITS)
    assert (facts.sample_rate_hz, facts.bits_per_sample, facts.duration_s) == (44_100, 16, 2.5)
    assert (facts.data_offset, facts.data_bytes) == (44, 110_250 * 4)


def test_the_channels_stay_apart() -> None:
    stereo = np.stack([np.full(100, 0.25), np.full(100, -0.5)], axis=1)
    data = riff.riff(riff.format_chunk(channels=2), riff.chunk(b"data", riff.pcm16(stereo)))
    assert np.array_equal(decode_wav(data, parse_wav(data, limits=LIMITS)), stereo)


def test_a_file_object_gives_the_same_facts_as_its_bytes() -> None:
    data = riff.take()
    assert parse_wav_file(io.BytesIO(data), limits=LIMITS) == parse_wav(data, limits=LIMITS)


def test_unknown_chunks_around_the_sound_are_skipped() -> None:
    note = riff.chunk(b"LIST", b"INFOISFTan odd one")
    data = riff.riff(note, riff.format_chunk(), note, riff.chunk(b"data", b"\1\0" * 480), note)
    assert parse_wav(data, limits=LIMITS).frames == 480


@pytest.mark.parametrize("padding", ["counted", "uncounted", "absent"])
def test_the_pad_byte_of_an_odd_sound_part_may_be_there_or_not(padding: str) -> None:
    data = riff.riff(riff.format_chunk(bits=24), riff.chunk(b"data", b"\1\2\3" * 5))
    declared = len(data) - 8 - (padding != "counted")
    data = data[:4] + declared.to_bytes(4, "little") + data[8:]
    data = data[:-1] if padding == "absent" else data
    assert parse_wav(data, limits=LIMITS).frames == 5


@pytest.mark.parametrize("sample_rate_hz", [8_000, 22_050, 192_000])
def test_the_ends_of_the_rate_range_are_accepted(sample_rate_hz: int) -> None:
    data = riff.take(duration_s=0.1, sample_rate_hz=sample_rate_hz)
    assert parse_wav(data, limits=LIMITS).sample_rate_hz == sample_rate_hz
