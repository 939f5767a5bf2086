"""LibriMix recipes come out as their scripts' waveforms: gains, rates, lengths, noises too short, folders, tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from modeling.__main__ import main
from modeling.data.importers import IMPORTERS
from modeling.data.librimix_recipes import FADE_SAMPLES, extended, read_recipes, render
from modeling.errors import InputRefused
from modeling.manifest import read_manifest

HEADER = "mixture_ID,source_1_path,source_1_gain,source_2_path,source_2_gain,noise_path,noise_gain"
LENGTHS = {"LibriSpeech/a.flac": 21_001, "LibriSpeech/b.flac": 30_000, "wham_noise/n.wav": 17_000}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two voices and a shorter stereo noise at 16 kHz, and one recipe."""
    rng = np.random.default_rng(0)
    for name, length in LENGTHS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        shape = (length, 2) if path.suffix == ".wav" else (length,)
        soundfile.write(path, 0.1 * rng.standard_normal(shape), 16_000)
    table = tmp_path / "libri2mix_dev-clean.csv"
    table.write_text(f"{HEADER}\na_b,a.flac,0.5,b.flac,1.7,n.wav,0.25\n")
    return table


def command(table: Path, *more: str) -> list[str]:
    base = table.parent
    folders = ["--librispeech", str(base / "LibriSpeech"), "--wham-noise", str(base / "wham_noise")]
    return ["prepare", "librimix", str(table), *folders, "--out", str(base / "out"), *more]


def expected(base: Path, *, rate_hz: int, mode: str) -> list[NDArray[np.floating]]:
    """The formulas of the scripts, step by step: read, repeat the noise, scale, resample, fit."""
    first, _ = soundfile.read(base / "LibriSpeech/a.flac", dtype="float32")
    second, _ = soundfile.read(base / "LibriSpeech/b.flac", dtype="float32")
    noise = soundfile.read(base / "wham_noise/n.wav", dtype="float32")[0][:, 0]
    up, down = np.hanning(16_001)[:8001], np.hanning(16_001)[8000:]
    seam = noise[-8001:] * down + noise[:8001] * up
    noise = np.concatenate([noise[:-8001], seam, noise[8001:]])  # 25,999 samples, once is not enough
    seam = noise[-8001:] * down + soundfile.read(base / "wham_noise/n.wav", dtype="float32")[0][:8001, 0] * up
    rest = soundfile.read(base / "wham_noise/n.wav", dtype="float32")[0][8001:, 0]
    noise = np.concatenate([noise[:-8001], seam, rest])[: len(second)]
    parts = [
        resample_poly(wave * gain, rate_hz, 16_000)
        for wave, gain in ((first, 0.5), (second, 1.7), (noise, 0.25))
    ]
    length = (min if mode == "min" else max)(map(len, parts))
    return [np.pad(part, (0, max(0, length - len(part))))[:length] for part in parts]


@pytest.mark.parametrize(
    ("rate_hz", "mode"), [(8000, "min"), (8000, "max"), (16_000, "min"), (16_000, "max")]
)
def test_the_files_hold_what_the_scripts_would_write(table: Path, rate_hz: int, mode: str) -> None:
    assert (
        main(command(table, "--rate", str(rate_hz), "--mode", mode, "--kinds", "clean", "both", "single"))
        == 0
    )
    folder = table.parent / "out" / "Libri2Mix" / f"wav{rate_hz // 1000}k" / mode / "dev"
    first, second, noise = expected(table.parent, rate_hz=rate_hz, mode=mode)
    wanted = {"s1": first, "s2": second, "noise": noise, "mix_clean": first + second}
    wanted |= {"mix_both": first + second + noise, "mix_single": first + noise}
    for part, wave_t in wanted.items():
        soundfile.write(table.parent / "truth.wav", wave_t, rate_hz)
        truth, _ = soundfile.read(table.parent / "truth.wav", dtype="int16")
        written, written_hz = soundfile.read(folder / part / "a_b.wav", dtype="int16")
        assert written_hz == rate_hz and len(written) == len(truth)
        assert np.abs(written.astype(int) - truth).max() <= 1 and np.mean(written != truth) < 0.001


def test_the_rendered_folder_is_read_by_the_importer_and_by_evaluate(table: Path) -> None:
    assert main(command(table)) == 0
    found = IMPORTERS["librimix"](table.parent / "out")
    assert list(found.mixtures) == ["libri2mix-wav8k-min-dev_mix_both", "libri2mix-wav8k-min-dev_mix_clean"]
    manifest = table.parent / "out/Libri2Mix/wav8k/min/metadata/mixture_dev_mix_both.jsonl"
    (row,) = read_manifest(manifest)
    assert row.mixture.is_file() and all(path.is_file() for path in row.references)
    assert row.convention == "dry" and len(row.references) == 2


def test_what_is_rendered_already_is_kept(table: Path) -> None:
    assert main(command(table)) == 0
    mixture = table.parent / "out/Libri2Mix/wav8k/min/dev/mix_clean/a_b.wav"
    before = mixture.stat().st_mtime_ns
    assert main(command(table)) == 0
    assert mixture.stat().st_mtime_ns == before


def test_a_noise_long_enough_is_cut_and_one_too_short_to_fade_is_refused() -> None:
    noise = np.ones(FADE_SAMPLES + 10, dtype=np.float32)
    assert len(extended(noise, 100)) == 100
    np.testing.assert_allclose(extended(noise, 30_000), 1.0, atol=1e-6)  # a cross-fade keeps a constant
    with pytest.raises(InputRefused, match="to be repeated it needs more than 8001"):
        extended(noise[:FADE_SAMPLES], 30_000)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("x,a.flac,loud,b.flac,1,n.wav,1", 'line 2: "source_1_gain" must be a gain from 0'),
        ("x,a.flac,1,b.flac,1,n.wav,nan", 'line 2: "noise_gain" must be a gain from 0'),
        ("x,a.flac,1,,1,n.wav,1", 'line 2: "source_2_path" must be filled in'),
        ("x,a.flac,1,c.flac,1,n.wav,1", "line 2: .*c.flac cannot be read"),
    ],
)
def test_a_wrong_row_is_refused_by_line_and_field(table: Path, row: str, sentence: str) -> None:
    table.write_text(f"{HEADER}\n{row}\n")
    base = table.parent
    with pytest.raises(InputRefused, match=sentence):
        for recipe in read_recipes(table, librispeech=base / "LibriSpeech", wham_noise=base / "wham_noise"):
            render(recipe, sample_rate_hz=8000, mode="min")
