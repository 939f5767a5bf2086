"""Files in, stems out: long ones in pieces, any rate, levels, one source, bad ones apart."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from modeling.chunking import Chunking
from modeling.separating import LoadedSeparator, Outcome, SeparationChoices, separate_files

RATE_HZ = 8000


class Halves(nn.Module):
    """A low and a high part of the spectrum at thrice the level, without any memory."""

    def __init__(self, sources: int = 2) -> None:
        super().__init__()
        self.sources = sources

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        before_bt = torch.nn.functional.pad(mix_bt, (1, 0))[:, :-1]
        parts = [(mix_bt + before_bt) / 2, (mix_bt - before_bt) / 2]
        return 3 * torch.stack(parts if self.sources == 2 else [mix_bt] * self.sources, dim=1)


def tones(rate_hz: int, seconds: float) -> np.ndarray:
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    return 0.3 * np.sin(2 * np.pi * 200 * time_s) + 0.2 * np.sin(2 * np.pi * 3300 * time_s)


@pytest.fixture
def separate(tmp_path: Path) -> Callable[..., list[Outcome]]:
    def run(*names: str, sources: int = 2, **choices: object) -> list[Outcome]:
        separator = LoadedSeparator(model=Halves(sources), sample_rate_hz=RATE_HZ, device=torch.device("cpu"))
        picked = SeparationChoices(out_dir=tmp_path / "out", **choices)  # type: ignore[arg-type]
        return list(separate_files(separator, [tmp_path / name for name in names], choices=picked))

    return run


def read(outcome: Outcome) -> np.ndarray:
    return np.stack([soundfile.read(path)[0] for path in outcome.stems])


def test_a_long_file_in_pieces_is_as_in_one(tmp_path: Path, separate: Callable[..., list[Outcome]]) -> None:
    soundfile.write(tmp_path / "x.wav", tones(RATE_HZ, 20), RATE_HZ)
    (whole,) = separate("x.wav")
    expected = read(whole)
    (pieces,) = separate("x.wav", is_overwriting=True, chunking=Chunking(limit_s=5.0, chunk_s=4.0))
    assert read(pieces).shape == expected.shape == (2, 20 * RATE_HZ)
    np.testing.assert_allclose(read(pieces), expected, atol=2e-3)


@pytest.mark.parametrize("limit_s", [30.0, 1.0])
def test_consistent_stems_add_up_to_the_file(
    tmp_path: Path, separate: Callable[..., list[Outcome]], limit_s: float
) -> None:
    soundfile.write(tmp_path / "x.wav", tones(RATE_HZ, 6), RATE_HZ)
    chunking = Chunking(limit_s=limit_s, chunk_s=2.0)
    (outcome,) = separate("x.wav", is_consistent=True, chunking=chunking)
    np.testing.assert_allclose(read(outcome).sum(0), tones(RATE_HZ, 6), atol=2e-4)


@pytest.mark.parametrize("limit_s", [30.0, 1.0])
@pytest.mark.parametrize(("rate_hz", "frames"), [(44_100, 88_201), (16_000, 32_001), (8000, 16_000)])
def test_stems_can_keep_the_rate_and_length_of_the_mixture(
    tmp_path: Path, separate: Callable[..., list[Outcome]], rate_hz: int, frames: int, limit_s: float
) -> None:
    mixture = tones(rate_hz, 3)[:frames]
    soundfile.write(tmp_path / "x.wav", mixture, rate_hz)
    chunking = Chunking(limit_s=limit_s, chunk_s=1.5)
    (outcome,) = separate("x.wav", output_rate="keep", chunking=chunking)
    assert outcome.sample_rate_hz == rate_hz
    assert all(soundfile.info(path).frames == frames for path in outcome.stems)
    # Levels are kept: the stems add up to the mixture, in time with it.
    inner = slice(rate_hz // 2, -rate_hz // 2)
    np.testing.assert_allclose(read(outcome).sum(0)[inner], mixture[inner], atol=0.02)


@pytest.mark.parametrize("sources", [1, 3])
def test_any_number_of_sources(tmp_path: Path, separate: Callable[..., list[Outcome]], sources: int) -> None:
    soundfile.write(tmp_path / "x.wav", tones(RATE_HZ, 4), RATE_HZ)
    (outcome,) = separate("x.wav", sources=sources, chunking=Chunking(limit_s=1.0, chunk_s=1.0))
    assert read(outcome).shape == (sources, 4 * RATE_HZ)
    np.testing.assert_allclose(read(outcome).sum(0), tones(RATE_HZ, 4), atol=1e-3)


def test_silence_one_sample_and_stereo_have_stems(
    tmp_path: Path, separate: Callable[..., list[Outcome]]
) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(2000), RATE_HZ)
    soundfile.write(tmp_path / "one.wav", np.array([0.5]), RATE_HZ)
    left = tones(RATE_HZ, 1)
    soundfile.write(tmp_path / "stereo.wav", np.stack([left, np.zeros_like(left)], 1), RATE_HZ)
    silence, one, stereo = separate("silence.wav", "one.wav", "stereo.wav")
    assert np.abs(read(silence)).max() == 0.0 and read(one).shape == (2, 1)
    np.testing.assert_allclose(read(stereo).sum(0), left / 2, atol=1e-3)


def test_bfloat16_is_asked_of_the_model_and_changes_little(
    tmp_path: Path, separate: Callable[..., list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "x.wav", tones(RATE_HZ, 1), RATE_HZ)
    seen = []
    forward = Halves.forward
    monkeypatch.setattr(
        Halves, "forward", lambda *given: (seen.append(torch.is_autocast_enabled("cpu")), forward(*given))[1]
    )
    expected = read(separate("x.wav")[0])
    stems = read(separate("x.wav", precision="bfloat16", is_overwriting=True)[0])
    assert seen == [False, True] and not torch.is_autocast_enabled("cpu")
    np.testing.assert_allclose(stems, expected, atol=1e-2)


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path, separate: Callable[..., list[Outcome]]) -> None:
    for name in ("a.wav", "d.wav"):
        soundfile.write(tmp_path / name, tones(RATE_HZ, 1), RATE_HZ)
    (tmp_path / "b.wav").write_bytes(b"no audio")
    outcomes = separate("a.wav", "b.wav", "c.wav", "d.wav")
    assert [outcome.error is None for outcome in outcomes] == [True, False, False, True]
    assert "b.wav" in str(outcomes[1].error) and "There is no audio file" in str(outcomes[2].error)


def test_stems_are_not_overwritten_unasked(tmp_path: Path, separate: Callable[..., list[Outcome]]) -> None:
    soundfile.write(tmp_path / "x.wav", tones(RATE_HZ, 1), RATE_HZ)
    separate("x.wav")
    (refused,) = separate("x.wav")
    assert "exists already" in str(refused.error) and "--overwrite" in str(refused.error)
    (replaced,) = separate("x.wav", is_overwriting=True)
    assert replaced.error is None
