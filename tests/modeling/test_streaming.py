"""Files read and written piece by piece hold the same samples as files read and written whole."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from modeling.errors import InputRefused
from modeling.stem_files import StemTarget, write_stem_blocks
from modeling.streaming import ChunkSpool, open_samples
from modeling.waveforms import read_samples
from tests.modeling.written_files import write_stems


def noise(rate_hz: int, seconds: float, channels: int = 1) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal((int(rate_hz * seconds), channels))


@pytest.mark.parametrize(("rate_hz", "channels"), [(8000, 1), (8000, 2), (44_100, 2), (11_025, 1)])
def test_pieces_are_the_whole(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, noise(rate_hz, 10.3, channels), rate_hz, subtype="FLOAT")
    whole = read_samples(path, sample_rate_hz=8000)
    with open_samples(path, sample_rate_hz=8000) as stream:
        assert stream.length == len(whole)
        first = stream.between(0, 40_000)
        second = stream.between(30_000, stream.length)
    np.testing.assert_allclose(first, whole[:40_000], atol=1e-6)
    np.testing.assert_allclose(second, whole[30_000:], atol=1e-6)


@pytest.mark.parametrize("samples", [1, 2, 5])
def test_the_shortest_files_have_at_least_one_sample(tmp_path: Path, samples: int) -> None:
    soundfile.write(tmp_path / "x.wav", np.full(samples, 0.1), 48_000)
    with open_samples(tmp_path / "x.wav", sample_rate_hz=8000) as stream:
        assert stream.length == 1 and stream.between(0, 1).shape == (1,)


def test_a_file_that_breaks_off_is_refused_where_it_does(tmp_path: Path) -> None:
    samples = np.zeros(200_000, dtype=np.float32)
    samples[150_000] = np.nan
    soundfile.write(tmp_path / "x.wav", samples, 8000, subtype="FLOAT")
    with open_samples(tmp_path / "x.wav", sample_rate_hz=8000) as stream:
        assert len(stream.between(0, 100_000)) == 100_000
        with pytest.raises(InputRefused, match="x.wav: "):
            stream.between(100_000, 200_000)


def test_a_spool_gives_its_chunks_again_and_leaves_no_file(tmp_path: Path) -> None:
    chunks = [np.random.default_rng(n).standard_normal((3, n)).astype(np.float32) for n in (5, 1, 9)]
    with ChunkSpool(tmp_path) as spool:
        for chunk in chunks:
            spool.append(chunk)
        for _ in range(2):
            assert all(np.array_equal(a, b) for a, b in zip(spool, chunks, strict=True))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("scale", "suffix"), [(1.0, ".flac"), (30.0, ".wav")])
def test_blocks_are_written_as_the_whole_would_be(tmp_path: Path, scale: float, suffix: str) -> None:
    stems = (scale * noise(8000, 3, 2).T).astype(np.float32)
    write_stems(stems, folder=tmp_path, name="whole", sample_rate_hz=8000)
    target = StemTarget(folder=tmp_path, name="blocks", sample_rate_hz=8000, length=stems.shape[1])
    paths = write_stem_blocks(lambda: iter(np.array_split(stems, 7, axis=1)), target=target, from_hz=8000)
    assert [path.name for path in paths] == [f"blocks_stem{number}{suffix}" for number in (1, 2)]
    for number, path in enumerate(paths, start=1):
        assert path.read_bytes() == (tmp_path / f"whole_stem{number}{suffix}").read_bytes()


def test_another_rate_keeps_time_and_has_the_length_asked_for(tmp_path: Path) -> None:
    time_s = np.arange(16_000) / 8000
    stems = np.sin(2 * np.pi * 440 * time_s)[None].astype(np.float32) * 0.5
    target = StemTarget(folder=tmp_path, name="x", sample_rate_hz=44_100, length=88_203)
    (path,) = write_stem_blocks(lambda: iter(np.array_split(stems, 5, axis=1)), target=target, from_hz=8000)
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == 44_100 and len(samples) == 88_203
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(88_200) / 44_100)
    np.testing.assert_allclose(samples[5000:80_000], wanted[5000:80_000], atol=1e-3)


def test_a_failure_in_mid_writing_leaves_no_half_stem(tmp_path: Path) -> None:
    calls = iter([1, 2])

    def blocks():  # type: ignore[no-untyped-def]
        yield np.zeros((2, 100), np.float32)
        if next(calls) == 2:
            raise OSError("the disk is full")

    target = StemTarget(folder=tmp_path, name="x", sample_rate_hz=8000, length=100)
    with pytest.raises(OSError, match="full"):
        write_stem_blocks(blocks, target=target, from_hz=8000)
    assert list(tmp_path.iterdir()) == []


def test_stems_of_an_earlier_run_in_the_other_format_go(tmp_path: Path) -> None:
    stems = noise(8000, 1, 2).T.astype(np.float32)
    write_stems(30 * stems, folder=tmp_path, name="x", sample_rate_hz=8000)
    write_stems(stems, folder=tmp_path, name="x", sample_rate_hz=8000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x_stem1.flac", "x_stem2.flac"]
