"""Files that are broken, dishonest or of another kind are refused with their reason."""

import io
import pickle
import struct

import numpy as np
import pytest
import soundfile

from audio.errors import AudioRefused
from audio.wav import WavLimits, decode_wav, parse_wav
from tests.audio import riff

LIMITS = WavLimits()
SOUND = riff.chunk(b"data", b"\1\0" * 480)
PLAIN = riff.riff(riff.format_chunk(), SOUND)
ALIEN_GUID = b"\1\0" + b"\xab" * 14

CASES: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", "empty"),
    "a text": (b"Dear researchers, here is our recording", "not_wav"),
    "an mp3": (b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90" * 50, "not_wav"),
    "big endian": (riff.riff(riff.format_chunk(), SOUND, magic=b"RIFX"), "not_wav"),
    "an AVI": (PLAIN.replace(b"WAVE", b"AVI "), "not_wav"),
    "three bytes": (b"RIF", "truncated"),
    "RF64": (riff.riff(riff.format_chunk(), SOUND, magic=b"RF64"), "rf64"),
    "BW64": (riff.riff(riff.format_chunk(), SOUND, magic=b"BW64"), "rf64"),
    "size never filled in": (riff.riff(riff.format_chunk(), SOUND, size=0), "streaming_header"),
    "size of all ones": (riff.riff(riff.format_chunk(), SOUND, size=2**32 - 1), "streaming_header"),
    "sound of all ones": (
        riff.riff(riff.format_chunk(), riff.chunk(b"data", b"\1\0" * 9, size=2**32 - 1)),
        "streaming_header",
    ),
    "declared longer": (riff.riff(riff.format_chunk(), SOUND, size=5_000), "truncated"),
    "declared shorter": (riff.riff(riff.format_chunk(), SOUND, size=500), "size_lies"),
    "trailing garbage": (PLAIN + b"<script>", "size_lies"),
    "one trailing byte": (PLAIN + b"\0", "size_lies"),
    "sound past the end": (
        riff.riff(riff.format_chunk(), riff.chunk(b"data", b"\1\0" * 480, size=4_000_000)),
        "truncated",
    ),
    "10,000 empty pieces": (
        riff.riff(riff.format_chunk(), *[riff.chunk(b"junk", b"")] * 10_000, SOUND),
        "too_many_chunks",
    ),
    "no format": (riff.riff(SOUND), "no_format"),
    "no sound part": (riff.riff(riff.format_chunk()), "no_data"),
    "no samples": (riff.riff(riff.format_chunk(), riff.chunk(b"data", b"")), "no_samples"),
    "two formats": (riff.riff(riff.format_chunk(), riff.format_chunk(), SOUND), "two_formats"),
    "two sounds": (riff.riff(riff.format_chunk(), SOUND, SOUND), "two_data_chunks"),
    "sound first": (riff.riff(SOUND, riff.format_chunk()), "data_before_format"),
    "format of 14 bytes": (riff.riff(riff.chunk(b"fmt ", b"\1\0" * 7), SOUND), "bad_format"),
    "extensible of 16 bytes": (riff.riff(riff.format_chunk(tag=riff.EXTENSIBLE), SOUND), "bad_format"),
    "20 valid bits of 24": (
        riff.riff(riff.extensible_chunk(subtype=b"\1\0" + riff.SUBTYPE_TAIL, valid_bits=20), SOUND),
        "bad_format",
    ),
    "an alien GUID": (riff.riff(riff.extensible_chunk(subtype=ALIEN_GUID), SOUND), "unsupported_encoding"),
    "8 bit": (riff.riff(riff.format_chunk(bits=8), SOUND), "unsupported_encoding"),
    "32-bit integers": (riff.riff(riff.format_chunk(bits=32), SOUND), "unsupported_encoding"),
    "64-bit floats": (riff.riff(riff.format_chunk(tag=riff.FLOAT, bits=64), SOUND), "unsupported_encoding"),
    "mu-law": (riff.riff(riff.format_chunk(tag=7, bits=8), SOUND), "unsupported_encoding"),
    "GSM": (riff.riff(riff.format_chunk(tag=0x31, bits=0), SOUND), "unsupported_encoding"),
    "0 Hz": (riff.riff(riff.format_chunk(sample_rate_hz=0), SOUND), "bad_sample_rate"),
    "2 GHz": (riff.riff(riff.format_chunk(sample_rate_hz=2**31 - 1), SOUND), "bad_sample_rate"),
    "a rate FLAC cannot hold": (
        riff.riff(riff.format_chunk(sample_rate_hz=96_001), SOUND),
        "bad_sample_rate",
    ),
    "0 channels": (riff.riff(riff.format_chunk(channels=0), SOUND), "bad_channels"),
    "1,024 channels": (riff.riff(riff.format_chunk(channels=1_024), SOUND), "bad_channels"),
    "odd block align": (riff.riff(riff.format_chunk(block_align=3), SOUND), "bad_block_align"),
    "zero block align": (riff.riff(riff.format_chunk(block_align=0), SOUND), "bad_block_align"),
    "half a frame": (riff.riff(riff.format_chunk(), riff.chunk(b"data", b"\1\0\1")), "partial_frame"),
}


@pytest.mark.parametrize(("data", "code"), CASES.values(), ids=CASES.keys())
def test_a_bad_file_is_refused_with_its_reason(data: bytes, code: str) -> None:
    with pytest.raises(AudioRefused) as refusal:
        parse_wav(data, limits=LIMITS)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")
    assert "lease" in refusal.value.message  # every refusal says what to do next


@pytest.mark.parametrize(
    ("name", "value"),
    [("0 Hz", "0 Hz"), ("1,024 channels", "1024"), ("half a frame", "3 bytes"), ("mu-law", "mu-law")],
)
def test_the_sentence_names_the_value_that_was_found(name: str, value: str) -> None:
    with pytest.raises(AudioRefused, match=value):
        parse_wav(CASES[name][0], limits=LIMITS)


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "AIFF", "AU", "CAF", "W64", "MP3"])
def test_other_audio_files_are_not_wavs(kind: str) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(48_000), 48_000, format=kind)
    with pytest.raises(AudioRefused) as refusal:
        parse_wav(buffer.getvalue(), limits=LIMITS)
    assert refusal.value.code == "not_wav"


def test_a_file_that_is_too_long_is_refused_from_its_header_alone() -> None:
    data = riff.take(duration_s=2.0, sample_rate_hz=8_000)
    with pytest.raises(AudioRefused, match=r"lasts 2\.00 s; at most 1\.5 s") as refusal:
        parse_wav(data, limits=WavLimits(max_duration_s=1.5))
    assert refusal.value.code == "too_long"


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(poison: float) -> None:
    samples = np.zeros(480, dtype="<f4")
    samples[[7, 300]] = poison
    data = riff.riff(riff.format_chunk(tag=riff.FLOAT, bits=32), riff.chunk(b"data", samples.tobytes()))
    with pytest.raises(AudioRefused, match="2 samples") as refusal:
        decode_wav(data, parse_wav(data, limits=LIMITS))
    assert refusal.value.code == "not_finite"


def test_bytes_other_than_those_parsed_are_refused() -> None:
    facts = parse_wav(PLAIN, limits=LIMITS)
    with pytest.raises(AudioRefused) as refusal:
        decode_wav(PLAIN[:-2], facts)
    assert refusal.value.code == "truncated"


def test_a_file_cut_at_any_of_500_places_is_refused() -> None:
    data = riff.take(duration_s=2.0, sample_rate_hz=16_000)
    cuts = sorted({*range(100), *np.linspace(100, len(data) - 1, 400, dtype=int).tolist()})
    assert len(cuts) == 500
    for cut in cuts:
        with pytest.raises(AudioRefused) as refusal:
            parse_wav(data[:cut], limits=LIMITS)
        assert refusal.value.code == ("empty" if cut == 0 else "truncated")


def test_a_refusal_survives_the_way_between_two_processes() -> None:
    refusal = pickle.loads(pickle.dumps(AudioRefused("too_long", "Too long.")))
    assert (refusal.code, refusal.message, str(refusal)) == ("too_long", "Too long.", "Too long.")


def test_a_wrong_byte_rate_alone_is_forgiven() -> None:
    data = bytearray(PLAIN)
    struct.pack_into("<I", data, 28, 1)
    assert parse_wav(bytes(data), limits=LIMITS).frames == 480
