"""A stranger's compressed file is decoded by a child that cannot take the machine with it."""

import io
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from audio import files
from audio.errors import AudioRefused
from audio.files import decode_untrusted, encode_flac
from tests.audio.voices import voice

SPOKEN = voice(duration_s=2.0)


def refusal_of(data: bytes) -> AudioRefused:
    with pytest.raises(AudioRefused) as refusal:
        decode_untrusted(data, max_duration_s=60)
    return refusal.value


def test_an_honest_flac_comes_through_bit_for_bit() -> None:
    data = encode_flac(SPOKEN, sample_rate_hz=16_000, bits_per_sample=24)
    waveform = decode_untrusted(data, max_duration_s=60)
    assert waveform.sample_rate_hz == 16_000
    assert np.abs(waveform.samples - SPOKEN).max() <= 2**-24


def test_an_ogg_file_comes_through_whole() -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, SPOKEN, 16_000, format="OGG", subtype="OPUS")
    waveform = decode_untrusted(buffer.getvalue(), max_duration_s=60)
    assert waveform.samples.shape == (32_000, 1)


def test_the_reason_of_a_refusal_crosses_over() -> None:
    bomb = encode_flac(np.zeros(8_000 * 600, np.float32), sample_rate_hz=8_000, bits_per_sample=16)
    assert refusal_of(bomb).code == "too_long"
    assert "600.00 s" in refusal_of(bomb).message


def test_junk_is_unreadable() -> None:
    assert refusal_of(b"OggS" + bytes(range(256)) * 20).code == "unreadable"


def test_a_child_that_overruns_its_time_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_CHILD_WALL_S", 0.01)
    assert refusal_of(encode_flac(SPOKEN, sample_rate_hz=16_000, bits_per_sample=16)).code == "unreadable"


@pytest.mark.parametrize(
    "misdeed",
    [
        "bytearray(4 << 30)",
        "__import__('tempfile').TemporaryFile().write(b'x' * (100 << 20))",
        "[open('/dev/null') for _ in range(64)]",
        "exec('while True: pass')",
    ],
    ids=["memory", "output", "open files", "processor"],
)
def test_the_limits_stop_a_child_that_misbehaves(misdeed: str) -> None:
    code = f"import audio.decoder as d; d.limit_this_process(max_duration_s=1, cpu_s=1); {misdeed}"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert child.returncode != 0
