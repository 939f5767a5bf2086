"""Read and write waveform files, and decode strangers' compressed files in a child process with limits.

WAV is written by our own few lines: libsndfile adds a chunk with the time of day to float files, and the same
recording must give the same bytes. FLAC bytes are the same for the same libsndfile.
"""

import io
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.errors import AudioRefused
from audio.wav import SampleFormat, check_wav_sizes, refuse_non_finite, refuse_too_long

FlacBits = Literal[16, 24]

_MAX_SAMPLE_RATE_HZ: Final = 768_000
_MAX_CHANNELS: Final = 16
_CHILD_CPU_S: Final = 20
_CHILD_WALL_S: Final = 60
_CODEC_TAGS: Final[dict[SampleFormat, tuple[int, int]]] = {
    "pcm16": (1, 16),
    "pcm24": (1, 24),
    "float32": (3, 32),
}


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Samples (float32, shape (frames, channels), full scale 1) and their rate in Hz."""

    samples: NDArray[np.float32]
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate_hz


def read_audio(path_or_file: Path | str | BinaryIO, *, max_duration_s: float) -> Waveform:
    """Read a file of ours, or a researcher's own (FLAC, WAV, OGG and what else libsndfile knows).

    The decoded size is checked against `max_duration_s` before any memory is asked for. Raises AudioRefused
    `empty`, `unreadable`, `too_long`, `bad_channels`, `bad_sample_rate`, `truncated`, `not_finite`, or for a WAV
    any code of `check_wav_sizes`; FileNotFoundError for a path that is not there. For bytes from strangers use
    `parse_wav` or `decode_untrusted`.
    """
    if isinstance(path_or_file, str | Path):
        with Path(path_or_file).open("rb") as file:
            return _read_open_file(file, max_duration_s)
    return _read_open_file(path_or_file, max_duration_s)


def flac_bits(sample_format: SampleFormat) -> FlacBits:
    """The FLAC depth that keeps a recording: 16 for 16-bit PCM, 24 for 24-bit PCM and float."""
    return 16 if sample_format == "pcm16" else 24


def encode_flac(samples: NDArray[np.float32], *, sample_rate_hz: int, bits_per_sample: FlacBits) -> bytes:
    """FLAC bytes of (frames,) or (frames, channels) float samples, without tags or times.

    Samples that came from PCM of `bits_per_sample` or less are kept bit for bit; others are rounded to nearest
    and, beyond full scale, clipped. Raises AudioRefused `not_finite`, or `bad_sample_rate` for a rate FLAC cannot
    hold (above 65,535 Hz it takes only multiples of 10).
    """
    levels = _quantise(samples, bits_per_sample)
    shifted = levels.astype(np.int16) if bits_per_sample == 16 else levels << 8
    buffer = io.BytesIO()
    try:
        soundfile.write(buffer, shifted, sample_rate_hz, format="FLAC", subtype=f"PCM_{bits_per_sample}")
    except soundfile.LibsndfileError as error:
        raise _bad_rate(sample_rate_hz) from error
    return buffer.getvalue()


def write_flac(
    path: Path, samples: NDArray[np.float32], *, sample_rate_hz: int, bits_per_sample: FlacBits
) -> None:
    """Write what `encode_flac` gives to `path`."""
    path.write_bytes(encode_flac(samples, sample_rate_hz=sample_rate_hz, bits_per_sample=bits_per_sample))


def encode_wav(
    samples: NDArray[np.float32], *, sample_rate_hz: int, sample_format: SampleFormat = "pcm16"
) -> bytes:
    """WAV bytes of (frames,) or (frames, channels) float samples: one format part, one data part, nothing else.

    Rounding and refusals as in `encode_flac`; `float32` stores the samples as they are.
    """
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    body = _wav_body(samples, sample_format)
    head = wav_head(
        len(samples), channels=channels, sample_rate_hz=sample_rate_hz, sample_format=sample_format
    )
    return head + body + b"\0" * (len(body) % 2)


def wav_head(
    frames: int, *, channels: int, sample_rate_hz: int, sample_format: SampleFormat = "pcm16"
) -> bytes:
    """What stands before the samples in `encode_wav`, for who writes them piece by piece."""
    tag, bits = _CODEC_TAGS[sample_format]
    align = channels * bits // 8
    size = frames * align
    head = struct.pack("<HHIIHH", tag, channels, sample_rate_hz, sample_rate_hz * align, align, bits)
    form = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", len(form) + size + size % 2) + form


def write_wav(
    path: Path, samples: NDArray[np.float32], *, sample_rate_hz: int, sample_format: SampleFormat = "pcm16"
) -> None:
    """Write what `encode_wav` gives to `path`."""
    path.write_bytes(encode_wav(samples, sample_rate_hz=sample_rate_hz, sample_format=sample_format))


def decode_untrusted(data: bytes, *, max_duration_s: float) -> Waveform:
    """Decode compressed bytes from a stranger in a child process with limits on memory, CPU, files and output.

    Raises AudioRefused: a code of `read_audio`, or `unreadable` where the child died or overran its limits.
    """
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as decoded:
        source.write(data)
        source.seek(0)
        _run_decoder(source, decoded, max_duration_s)
        decoded.seek(0)
        return _read_decoded(decoded)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAudio:
    """A waveform that is read piece by piece, from the first frame to the last."""

    frames: int
    sample_rate_hz: int
    blocks: Iterator[NDArray[np.float32]]


@contextmanager
def open_audio(path: Path, *, max_duration_s: float, block_frames: int = 65_536) -> Iterator[OpenAudio]:
    """Read a file in blocks `(frames, channels)`, so that memory does not grow with its length.

    Checks and refusals as in `read_audio`; `truncated` and `not_finite` come when the reading gets there.
    """
    with path.open("rb") as file:
        _check_before_decoding(file)
        try:
            with soundfile.SoundFile(file) as sound:
                _check_decoded_size(sound, max_duration_s)
                yield OpenAudio(
                    frames=sound.frames,
                    sample_rate_hz=sound.samplerate,
                    blocks=_checked_blocks(sound, block_frames),
                )
        except soundfile.LibsndfileError as error:
            raise _unreadable() from error


def _checked_blocks(sound: soundfile.SoundFile, block_frames: int) -> Iterator[NDArray[np.float32]]:
    got_frames = 0
    while got_frames < sound.frames:
        block = sound.read(block_frames, dtype="float32", always_2d=True)
        if not len(block):
            _check_whole(got_frames, sound.frames)
        refuse_non_finite(block)
        got_frames += len(block)
        yield block


def _read_open_file(file: BinaryIO, max_duration_s: float) -> Waveform:
    _check_before_decoding(file)
    try:
        with soundfile.SoundFile(file) as sound:
            _check_decoded_size(sound, max_duration_s)
            samples = sound.read(sound.frames, dtype="float32", always_2d=True)
            _check_whole(len(samples), sound.frames)
            waveform = Waveform(samples, sound.samplerate)
    except soundfile.LibsndfileError as error:
        raise _unreadable() from error
    refuse_non_finite(waveform.samples)
    return waveform


def _check_before_decoding(file: BinaryIO) -> None:
    """libsndfile reads a cut WAV without a word, so its sizes are checked here first."""
    head = file.read(4)
    if not head:
        raise AudioRefused("empty", "The file is empty (0 bytes). Please choose another one.")
    if head in (b"RIFF", b"RF64", b"BW64"):
        check_wav_sizes(file)
    file.seek(0)


def _check_decoded_size(sound: soundfile.SoundFile, max_duration_s: float) -> None:
    if not 1 <= sound.samplerate <= _MAX_SAMPLE_RATE_HZ:
        raise _bad_rate(sound.samplerate)
    if not 1 <= sound.channels <= _MAX_CHANNELS:
        raise AudioRefused(
            "bad_channels",
            f"The file has {sound.channels} channels; accepted are 1 to {_MAX_CHANNELS}. Please use fewer.",
        )
    # A header without a length reads as an absurd one, so it is refused here too.
    refuse_too_long(sound.frames / sound.samplerate, max_duration_s=max_duration_s)


def _check_whole(got_frames: int, declared_frames: int) -> None:
    if got_frames < declared_frames:
        raise AudioRefused(
            "truncated",
            f"The file is cut off: it promises {declared_frames} samples, but only {got_frames} can be read. "
            "Please fetch it again.",
        )


def _bad_rate(sample_rate_hz: int) -> AudioRefused:
    return AudioRefused(
        "bad_sample_rate",
        f"A sample rate of {sample_rate_hz} Hz cannot be used here. "
        "Please use a common one, such as 16000, 44100 or 48000 Hz.",
    )


def _unreadable() -> AudioRefused:
    return AudioRefused(
        "unreadable", "The file cannot be decoded: it is damaged or of another kind. Please use FLAC or WAV."
    )


def _quantise(samples: NDArray[np.float32], bits_per_sample: int) -> NDArray[np.int32]:
    refuse_non_finite(samples)
    full_scale = 2 ** (bits_per_sample - 1)
    # float64, because float32 cannot hold the largest 24-bit level plus a half.
    rounded = np.rint(samples.astype(np.float64) * full_scale)
    levels: NDArray[np.int32] = np.clip(rounded, -full_scale, full_scale - 1).astype(np.int32)
    return levels


def _wav_body(samples: NDArray[np.float32], sample_format: SampleFormat) -> bytes:
    if sample_format == "float32":
        refuse_non_finite(samples)
        return samples.astype("<f4").tobytes()
    if sample_format == "pcm16":
        return _quantise(samples, 16).astype("<i2").tobytes()
    levels = np.ascontiguousarray(_quantise(samples, 24).astype("<i4"))
    return levels.reshape(-1).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _run_decoder(source: BinaryIO, decoded: BinaryIO, max_duration_s: float) -> None:
    command = [sys.executable, "-m", "audio.decoder", str(max_duration_s), str(_CHILD_CPU_S)]
    try:
        subprocess.run(
            command,
            stdin=source,
            stdout=decoded,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parent.parent,
            env={"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=_CHILD_WALL_S,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise _unreadable() from error


def _read_decoded(decoded: BinaryIO) -> Waveform:
    try:
        answer = json.loads(decoded.readline(10_000))
        if "code" in answer:
            raise AudioRefused(str(answer["code"]), str(answer["message"]))
        samples = np.frombuffer(decoded.read(), dtype="<f4").reshape(answer["frames"], answer["channels"])
        return Waveform(samples.astype(np.float32), int(answer["sample_rate_hz"]))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise _unreadable() from error
