"""Files are read whole or refused, and written with the same bytes every time."""

import io
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.errors import AudioRefused
from audio.files import encode_flac, encode_wav, flac_bits, read_audio, write_flac, write_wav
from audio.wav import WavLimits, decode_wav, parse_wav
from tests.audio import riff
from tests.audio.voices import voice

RATE_HZ = 48_000
LEVELS_16 = (np.random.default_rng(0).integers(-(2**15), 2**15, (5_000, 2)) / 2**15).astype(np.float32)
LEVELS_24 = (np.random.default_rng(0).integers(-(2**23), 2**23, (5_000, 2)) / 2**23).astype(np.float32)


def refusal_of(data: bytes, *, max_duration_s: float = 60) -> AudioRefused:
    with pytest.raises(AudioRefused) as refusal:
        read_audio(io.BytesIO(data), max_duration_s=max_duration_s)
    return refusal.value


@pytest.mark.parametrize(("levels", "bits"), [(LEVELS_16, 16), (LEVELS_16, 24), (LEVELS_24, 24)])
def test_flac_keeps_pcm_bit_for_bit(levels: np.ndarray, bits: int, tmp_path: Path) -> None:
    write_flac(tmp_path / "a.flac", levels, sample_rate_hz=RATE_HZ, bits_per_sample=bits)
    waveform = read_audio(tmp_path / "a.flac", max_duration_s=60)
    assert np.array_equal(waveform.samples, levels)
    assert soundfile.info(tmp_path / "a.flac").subtype == f"PCM_{bits}"


@pytest.mark.parametrize(
    ("levels", "sample_format"), [(LEVELS_16, "pcm16"), (LEVELS_24, "pcm24"), (LEVELS_24, "float32")]
)
def test_wav_keeps_samples_bit_for_bit(levels: np.ndarray, sample_format: str, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", levels, sample_rate_hz=RATE_HZ, sample_format=sample_format)
    data = (tmp_path / "a.wav").read_bytes()
    assert np.array_equal(decode_wav(data, parse_wav(data, limits=WavLimits())), levels)
    assert np.array_equal(read_audio(tmp_path / "a.wav", max_duration_s=60).samples, levels)


def test_the_flac_depth_follows_the_source() -> None:
    assert [flac_bits(kind) for kind in ("pcm16", "pcm24", "float32")] == [16, 24, 24]


def test_the_same_samples_give_the_same_bytes_a_second_later() -> None:
    flac, wav = (
        encode_flac(LEVELS_24, sample_rate_hz=RATE_HZ, bits_per_sample=24),
        encode_wav(LEVELS_24, sample_rate_hz=RATE_HZ, sample_format="float32"),
    )
    time.sleep(1.1)
    assert encode_flac(LEVELS_24, sample_rate_hz=RATE_HZ, bits_per_sample=24) == flac
    assert encode_wav(LEVELS_24, sample_rate_hz=RATE_HZ, sample_format="float32") == wav


def test_an_odd_sound_part_is_padded() -> None:
    data = encode_wav(np.zeros(3, np.float32), sample_rate_hz=8_000, sample_format="pcm24")
    assert len(data) % 2 == 0
    assert parse_wav(data, limits=WavLimits()).frames == 3


@pytest.mark.parametrize("bits", [16, 24])
def test_samples_beyond_full_scale_are_clipped_not_wrapped(bits: int) -> None:
    data = encode_flac(np.array([1.5, -1.5, 1.0], np.float32), sample_rate_hz=8_000, bits_per_sample=bits)
    samples = read_audio(io.BytesIO(data), max_duration_s=60).samples[:, 0]
    assert np.allclose(samples, [1, -1, 1], atol=2**-14)


def test_samples_that_are_no_numbers_are_not_written() -> None:
    for encode in (
        lambda x: encode_flac(x, sample_rate_hz=8_000, bits_per_sample=16),
        lambda x: encode_wav(x, sample_rate_hz=8_000, sample_format="float32"),
    ):
        with pytest.raises(AudioRefused, match="not numbers"):
            encode(np.array([0, np.nan], np.float32))


def test_a_rate_flac_cannot_hold_is_said() -> None:
    with pytest.raises(AudioRefused, match="96001 Hz"):
        encode_flac(LEVELS_16, sample_rate_hz=96_001, bits_per_sample=16)


def test_a_file_longer_than_allowed_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    hour = encode_flac(np.zeros(8_000 * 3_600, np.float32), sample_rate_hz=8_000, bits_per_sample=16)
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_: pytest.fail("it was decoded"))
    assert len(hour) < 300_000
    assert refusal_of(hour).code == "too_long"


def test_a_flac_that_claims_billions_of_samples_is_refused() -> None:
    flac = bytearray(encode_flac(LEVELS_16, sample_rate_hz=RATE_HZ, bits_per_sample=16))
    flac[21] |= 0x0F  # the upper bits of the sample count in STREAMINFO
    flac[22:26] = b"\xff\xff\xff\xff"
    assert refusal_of(bytes(flac)).code == "too_long"


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_a_file_that_was_cut_is_refused(kind: str, share: float) -> None:
    spoken = voice(sample_rate_hz=RATE_HZ)
    data = (
        encode_wav(spoken, sample_rate_hz=RATE_HZ)
        if kind == "wav"
        else encode_flac(spoken, sample_rate_hz=RATE_HZ, bits_per_sample=16)
    )
    assert refusal_of(data[: int(share * len(data))]).code in ("truncated", "unreadable")


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b"hello", "unreadable"), (b"fLaC" + b"\0" * 99, "unreadable")]
)
def test_what_is_no_audio_is_refused(data: bytes, code: str) -> None:
    assert refusal_of(data).code == code


def test_an_8_bit_wav_of_a_researcher_is_read() -> None:
    data = riff.riff(riff.format_chunk(bits=8, sample_rate_hz=8_000), riff.chunk(b"data", b"\x80\xc0" * 50))
    assert np.allclose(read_audio(io.BytesIO(data), max_duration_s=60).samples[:2, 0], [0, 0.5])


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_audio(tmp_path / "nowhere.flac", max_duration_s=60)
