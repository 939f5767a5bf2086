"""Files in and out keep time, level and full range; what is no waveform is refused."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.errors import InputRefused
from modeling.waveforms import rate_of, read_mono, read_samples
from tests.modeling.written_files import write_stems


def tone(rate_hz: int, duration_s: float = 1.0) -> np.ndarray:
    time_s = np.arange(int(rate_hz * duration_s)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * 440 * time_s) * np.hanning(len(time_s))).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_time_and_level(tmp_path: Path, rate_hz: int) -> None:
    soundfile.write(tmp_path / "tone.wav", tone(rate_hz), rate_hz, subtype="FLOAT")
    samples = read_samples(tmp_path / "tone.wav", sample_rate_hz=8000)
    assert len(samples) == 8000
    assert np.abs(samples - tone(8000)).max() < 1e-3


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(8000), np.zeros(8000, dtype=np.float32)
    soundfile.write(tmp_path / "stereo.wav", np.stack([left, right], axis=1), 8000, subtype="FLOAT")
    np.testing.assert_allclose(read_mono(tmp_path / "stereo.wav").samples, left / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, r"There is no audio file .*x\.wav\.$"), (b"hello", "cannot be decoded")]
)
def test_what_is_no_audio_is_refused(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "x.wav"
    if content is not None:
        path.write_bytes(content)
    for read in (read_mono, rate_of):
        with pytest.raises(InputRefused, match=sentence):
            read(path)


def test_a_folder_is_not_called_missing(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="is a folder, not an audio file"):
        read_mono(tmp_path)


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [([], "x.wav"), ([0.1, float("nan")], "x.wav: "), ([float("inf")], "x.wav: ")],
)
def test_empty_and_infinite_files_are_refused(tmp_path: Path, samples: list[float], sentence: str) -> None:
    soundfile.write(tmp_path / "x.wav", np.array(samples, dtype=np.float32), 8000, subtype="FLOAT")
    with pytest.raises(InputRefused, match=sentence):
        read_mono(tmp_path / "x.wav")


def test_stems_are_flac_within_full_scale(tmp_path: Path) -> None:
    stems = np.stack([tone(8000), -tone(8000)])
    paths = write_stems(stems, folder=tmp_path / "new" / "out", name="mix", sample_rate_hz=8000)
    assert [path.name for path in paths] == ["mix_stem1.flac", "mix_stem2.flac"]
    np.testing.assert_allclose(read_mono(paths[1]).samples, stems[1], atol=1e-4)
    assert len(list((tmp_path / "new" / "out").iterdir())) == 2


def test_a_stem_beyond_full_scale_is_neither_clipped_nor_scaled(tmp_path: Path) -> None:
    stems = np.stack([3.0 * tone(8000), tone(8000)])
    paths = write_stems(stems, folder=tmp_path, name="mix", sample_rate_hz=8000)
    assert [path.suffix for path in paths] == [".wav", ".wav"]
    np.testing.assert_allclose(read_mono(paths[0]).samples, stems[0], atol=1e-6)


def test_a_file_in_the_place_of_the_stems_folder_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "README.md"
    taken.write_text("words")
    with pytest.raises(InputRefused, match=r"README.md \(File exists\): name a folder"):
        write_stems(np.zeros((2, 800), np.float32), folder=taken, name="mix", sample_rate_hz=8000)
