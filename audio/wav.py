"""A strict RIFF/WAVE reader: are these bytes an honest recording? Asked before any C decoder sees them.

libsndfile accepts truncated files, headers that lie about their size and impossible sample rates, so every
size is checked here against the bytes that are really there. Layout: Microsoft/IBM "Multimedia Programming
Interface and Data Specifications 1.0" (1991) and `WAVEFORMATEXTENSIBLE` (mmreg.h).

Bytes after the declared end are refused, with one exception: a single zero that pads an odd data chunk may be
there or not, counted or not, because writers in the field disagree. Unknown chunks (LIST, bext, fact) are
skipped unread. The byte rate in the header is not compared: a widespread browser encoder writes it wrong and
nothing depends on it.
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audio.errors import AudioRefused

SampleFormat = Literal["pcm16", "pcm24", "float32"]

_PCM: Final = 1
_IEEE_FLOAT: Final = 3
_EXTENSIBLE: Final = 0xFFFE
_UNKNOWN_SIZE: Final = 0xFFFFFFFF
# The last 14 bytes of every KSDATAFORMAT_SUBTYPE GUID; the first two are the plain format tag.
_SUBTYPE_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")
_FORMATS: Final[dict[tuple[int, int], SampleFormat]] = {
    (_PCM, 16): "pcm16",
    (_PCM, 24): "pcm24",
    (_IEEE_FLOAT, 32): "float32",
}
# Recorders write two to five chunks; the cap keeps a file made of empty chunks from costing time.
_MAX_CHUNKS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class WavLimits:
    """What a header may declare. Durations in seconds, rates in Hz; both ends of a range are accepted."""

    max_duration_s: float = 60.0
    min_sample_rate_hz: int = 8_000
    max_sample_rate_hz: int = 192_000
    max_channels: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WavFile:
    """Facts of an accepted file. Offsets and sizes in bytes; a frame is one sample of every channel."""

    sample_rate_hz: int
    channels: int
    bits_per_sample: int
    sample_format: SampleFormat
    frames: int
    duration_s: float
    data_offset: int
    data_bytes: int


class _Chunk(NamedTuple):
    name: bytes
    offset: int
    size: int


class _Format(NamedTuple):
    tag: int
    channels: int
    sample_rate_hz: int
    block_align: int
    bits_per_sample: int


def parse_wav(data: bytes, *, limits: WavLimits) -> WavFile:
    """Check the structure of a whole WAV held in memory and return its facts; no sample is decoded.

    Raises AudioRefused with one of the codes `empty`, `not_wav`, `rf64`, `streaming_header`, `truncated`,
    `size_lies`, `too_many_chunks`, `no_format`, `two_formats`, `bad_format`, `unsupported_encoding`,
    `bad_channels`, `bad_sample_rate`, `bad_block_align`, `no_data`, `two_data_chunks`, `data_before_format`,
    `no_samples`, `partial_frame`, `too_long`. No other exception escapes, whatever the bytes.
    """
    return parse_wav_file(io.BytesIO(data), limits=limits)


def parse_wav_file(file: BinaryIO, *, limits: WavLimits) -> WavFile:
    """As `parse_wav`, for a seekable binary file; reads the headers only."""
    end = _riff_end(file, file.seek(0, io.SEEK_END))
    format_chunk, data_chunk = _pick(_chunks(file, end))
    fmt = _read_format(file, format_chunk)
    sample_format = _sample_format(fmt)
    _check_format(fmt, limits)
    return _facts(fmt, sample_format, data_chunk, limits)


def check_wav_sizes(file: BinaryIO) -> None:
    """Raise AudioRefused if a seekable WAV is cut off or lies about its sizes, whatever its encoding.

    Codes `empty`, `not_wav`, `rf64`, `streaming_header`, `truncated`, `size_lies` and `too_many_chunks`.
    """
    _chunks(file, _riff_end(file, file.seek(0, io.SEEK_END)))


def decode_wav(data: bytes, facts: WavFile) -> NDArray[np.float32]:
    """Samples of `data`, which `parse_wav` accepted as `facts`: float32, shape (frames, channels).

    Integer formats are scaled to [-1, 1) exactly; floats are passed through and may exceed it. Raises
    AudioRefused `not_finite` for NaN or infinite samples and `truncated` where `data` is not what was parsed.
    """
    if facts.data_offset + facts.data_bytes > len(data):
        raise _truncated(facts.data_offset + facts.data_bytes, len(data))
    raw = np.frombuffer(data, dtype=np.uint8, count=facts.data_bytes, offset=facts.data_offset)
    samples = _DECODERS[facts.sample_format](raw)
    refuse_non_finite(samples)
    return samples.reshape(facts.frames, facts.channels)


def refuse_non_finite(samples: NDArray[np.float32]) -> None:
    """Raise AudioRefused `not_finite` if any sample is NaN or infinite."""
    # A float64 sum is finite exactly when all float32 terms are; it costs no temporary array.
    if np.isfinite(np.sum(samples, dtype=np.float64)):
        return
    count = int(np.count_nonzero(~np.isfinite(samples)))
    raise AudioRefused(
        "not_finite",
        f"The recording holds {count} samples that are not numbers (NaN or infinite), so it cannot be "
        "played. Please record it again; if it happens twice, try another browser.",
    )


def _decode_pcm16(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    return raw.view("<i2").astype(np.float32) * np.float32(2.0**-15)


def _decode_pcm24(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    # Three bytes placed in the upper part of an int32 keep their sign; float32 holds 24 bits exactly.
    padded = np.zeros((raw.size // 3, 4), dtype=np.uint8)
    padded[:, 1:] = raw.reshape(-1, 3)
    return padded.view("<i4")[:, 0].astype(np.float32) * np.float32(2.0**-31)


def _decode_float32(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    return raw.view("<f4").astype(np.float32)


_DECODERS: Final = {"pcm16": _decode_pcm16, "pcm24": _decode_pcm24, "float32": _decode_float32}


def _riff_end(file: BinaryIO, file_bytes: int) -> int:
    """The offset where the RIFF form ends, after comparing the declared size with the real one."""
    if file_bytes == 0:
        raise AudioRefused("empty", "The file is empty (0 bytes). Please record the take again.")
    head = _read_at(file, 0, 12)
    _check_magic(head)
    if len(head) < 12:
        raise _truncated(44, file_bytes)
    declared = int.from_bytes(head[4:8], "little")
    _check_known_size(declared, "RIFF")
    if declared + 8 > file_bytes:
        raise _truncated(declared + 8, file_bytes)
    if declared + 8 < file_bytes and not _is_uncounted_pad(file, declared, file_bytes):
        raise AudioRefused(
            "size_lies",
            f"The file says it ends after {declared + 8} bytes, but {file_bytes} bytes came. "
            "Please send the file exactly as the recorder wrote it.",
        )
    return declared + 8


def _check_magic(head: bytes) -> None:
    if head[:4] in (b"RF64", b"BW64"):
        raise AudioRefused(
            "rf64",
            "This is a 64-bit WAV (RF64), made for files over 4 GB. Please save the take as an ordinary WAV.",
        )
    expected = b"RIFF" if len(head) < 12 else b"RIFFWAVE"
    if (head[:4] + head[8:12])[: len(expected)] != expected[: len(head)]:
        raise AudioRefused(
            "not_wav",
            "This is not a WAV file: it does not begin with RIFF and WAVE. "
            "Please send an uncompressed WAV; MP3, M4A, WebM and others are not accepted.",
        )


def _check_known_size(size_bytes: int, what: str) -> None:
    if size_bytes in (0, _UNKNOWN_SIZE):
        raise AudioRefused(
            "streaming_header",
            f"The {what} size in the header was never filled in (it says {size_bytes}), so nobody can "
            "tell whether the file is complete. Please stop the recording before saving it, "
            "or save it again as a WAV.",
        )


def _is_uncounted_pad(file: BinaryIO, declared: int, file_bytes: int) -> bool:
    return declared % 2 == 1 and file_bytes == declared + 9 and _read_at(file, file_bytes - 1, 1) == b"\0"


def _chunks(file: BinaryIO, end: int) -> list[_Chunk]:
    """Every chunk of the form, in order; each must lie wholly before `end`."""
    chunks: list[_Chunk] = []
    offset = 12
    while offset < end:
        if len(chunks) == _MAX_CHUNKS:
            raise AudioRefused(
                "too_many_chunks",
                f"The file is cut into more than {_MAX_CHUNKS} pieces. Please save it again as a plain WAV.",
            )
        chunk = _read_chunk_head(file, offset, end)
        chunks.append(chunk)
        offset = chunk.offset + chunk.size + chunk.size % 2
    return chunks


def _read_chunk_head(file: BinaryIO, offset: int, end: int) -> _Chunk:
    head = _read_at(file, offset, min(8, end - offset))
    if len(head) < 8:
        raise _truncated(offset + 8, end)
    name, size = head[:4], int.from_bytes(head[4:], "little")
    if name == b"data" and size == _UNKNOWN_SIZE:
        _check_known_size(size, "data")
    if offset + 8 + size > end:
        raise _truncated(offset + 8 + size, end)
    return _Chunk(name, offset + 8, size)


def _pick(chunks: list[_Chunk]) -> tuple[_Chunk, _Chunk]:
    """The one format chunk and the one data chunk, in this order."""
    formats = [chunk for chunk in chunks if chunk.name == b"fmt "]
    datas = [chunk for chunk in chunks if chunk.name == b"data"]
    for found, code, what in ((formats, "no_format", "format"), (datas, "no_data", "data")):
        if not found:
            raise AudioRefused(code, f"The WAV has no {what} part. Please record the take again.")
    if len(formats) > 1:
        raise _ambiguous("two_formats", len(formats), "format")
    if len(datas) > 1:
        raise _ambiguous("two_data_chunks", len(datas), "data")
    if datas[0].offset < formats[0].offset:
        raise AudioRefused(
            "data_before_format",
            "The sound in this WAV comes before the description of its format. "
            "Please save it again as a plain WAV.",
        )
    return formats[0], datas[0]


def _ambiguous(code: str, count: int, what: str) -> AudioRefused:
    return AudioRefused(
        code,
        f"The WAV has {count} {what} parts where exactly one belongs, so it is unclear which is the "
        "recording. Please save it again as a plain WAV.",
    )


def _read_format(file: BinaryIO, chunk: _Chunk) -> _Format:
    if chunk.size not in (16, 18, 40):
        raise _bad_format(f"its format part has {chunk.size} bytes instead of 16, 18 or 40")
    raw = _read_at(file, chunk.offset, chunk.size)
    if len(raw) < chunk.size:
        raise _truncated(chunk.offset + chunk.size, chunk.offset + len(raw))
    tag, channels, sample_rate_hz, _, block_align, bits = struct.unpack("<HHIIHH", raw[:16])
    if tag == _EXTENSIBLE:
        tag = _extended_tag(raw, bits)
    return _Format(tag, channels, sample_rate_hz, block_align, bits)


def _extended_tag(raw: bytes, bits_per_sample: int) -> int:
    if len(raw) != 40:
        raise _bad_format(f"its extended format part has {len(raw)} bytes instead of 40")
    valid_bits, _, tag = struct.unpack("<HIH", raw[18:26])
    if valid_bits not in (0, bits_per_sample):
        raise _bad_format(f"it stores {valid_bits} valid bits in samples of {bits_per_sample}")
    # An unknown GUID is reported as an encoding nobody uses, so that one sentence covers both.
    return int(tag) if raw[26:40] == _SUBTYPE_TAIL else _EXTENSIBLE


def _bad_format(why: str) -> AudioRefused:
    message = f"The WAV header is broken: {why}. Please save it again as a plain WAV."
    return AudioRefused("bad_format", message)


def _sample_format(fmt: _Format) -> SampleFormat:
    sample_format = _FORMATS.get((fmt.tag, fmt.bits_per_sample))
    if sample_format is None:
        raise AudioRefused(
            "unsupported_encoding",
            f"The WAV holds {_encoding_name(fmt.tag)} of {fmt.bits_per_sample} bits. "
            "Please save it as PCM with 16 or 24 bits or as 32-bit float.",
        )
    return sample_format


def _encoding_name(tag: int) -> str:
    names = {_PCM: "PCM samples", 2: "ADPCM", _IEEE_FLOAT: "float samples", 6: "A-law", 7: "mu-law"}
    return names.get(tag, f"an unknown encoding (number {tag})")


def _check_format(fmt: _Format, limits: WavLimits) -> None:
    if not 1 <= fmt.channels <= limits.max_channels:
        raise AudioRefused(
            "bad_channels",
            f"The WAV declares {fmt.channels} channels; accepted are 1 to {limits.max_channels}. "
            "Please record with one microphone, in mono.",
        )
    # Every recording is released as FLAC, which holds rates above 65,535 Hz only in steps of 10.
    in_flac = fmt.sample_rate_hz <= 0xFFFF or fmt.sample_rate_hz % 10 == 0
    if not (in_flac and limits.min_sample_rate_hz <= fmt.sample_rate_hz <= limits.max_sample_rate_hz):
        raise AudioRefused(
            "bad_sample_rate",
            f"The WAV declares a sample rate of {fmt.sample_rate_hz} Hz; accepted are "
            f"{limits.min_sample_rate_hz} to {limits.max_sample_rate_hz} Hz. "
            "Please record at the usual rate of your device (44100 or 48000 Hz).",
        )
    expected = fmt.channels * fmt.bits_per_sample // 8
    if fmt.block_align != expected:
        raise AudioRefused(
            "bad_block_align",
            f"The WAV header contradicts itself: {fmt.block_align} bytes a frame, but {fmt.channels} "
            f"channels of {fmt.bits_per_sample} bits need {expected}. Please save it again as a plain WAV.",
        )


def _facts(fmt: _Format, sample_format: SampleFormat, data: _Chunk, limits: WavLimits) -> WavFile:
    if data.size == 0:
        message = "The recording holds no sound at all (0 samples). Please record it again."
        raise AudioRefused("no_samples", message)
    frames, rest = divmod(data.size, fmt.block_align)
    if rest:
        raise AudioRefused(
            "partial_frame",
            f"The sound part has {data.size} bytes, which is not a whole number of "
            f"{fmt.block_align}-byte frames; something was cut off. Please send the take again.",
        )
    duration_s = frames / fmt.sample_rate_hz
    refuse_too_long(duration_s, max_duration_s=limits.max_duration_s)
    return WavFile(
        sample_rate_hz=fmt.sample_rate_hz,
        channels=fmt.channels,
        bits_per_sample=fmt.bits_per_sample,
        sample_format=sample_format,
        frames=frames,
        duration_s=duration_s,
        data_offset=data.offset,
        data_bytes=data.size,
    )


def refuse_too_long(duration_s: float, *, max_duration_s: float) -> None:
    """Raise AudioRefused `too_long` if a recording lasts more than the limit, both in seconds."""
    if duration_s > max_duration_s:
        raise AudioRefused(
            "too_long",
            f"The recording lasts {duration_s:.2f} s; at most {max_duration_s:g} s are accepted. "
            "Please record a shorter take.",
        )


def _truncated(expected_bytes: int, got_bytes: int) -> AudioRefused:
    return AudioRefused(
        "truncated",
        f"The file is cut off: its header promises at least {expected_bytes} bytes, but only {got_bytes} "
        "came. Please send the take again.",
    )


def _read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)
