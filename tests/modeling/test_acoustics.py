"""The one door to torchaudio: rates, speeds and loudness, with or without its compiled extension."""

import subprocess
import sys

import pytest
import torch

from modeling import acoustics


def tone(frequency_hz: float, rate_hz: int = 16_000) -> torch.Tensor:
    return torch.sin(2 * torch.pi * frequency_hz * torch.arange(rate_hz) / rate_hz)


@pytest.mark.parametrize(("speed_percent", "wanted_hz"), [(100, 1000.0), (90, 900.0), (110, 1100.0)])
def test_speed_moves_the_pitch_and_the_length(speed_percent: int, wanted_hz: float) -> None:
    signal = acoustics.change_rate(tone(1000.0), from_hz=16_000, to_hz=8000, speed_percent=speed_percent)
    peak_bin = int(torch.fft.rfft(signal).abs().argmax())
    assert len(signal) == pytest.approx(8000 * 100 / speed_percent, abs=2)
    assert peak_bin * 8000 / len(signal) == pytest.approx(wanted_hz, abs=2.0)


def test_loudness_agrees_with_torchaudio() -> None:
    signal = torch.randn(8000, generator=torch.Generator().manual_seed(0)) * 0.1
    signal[2000:5000] *= 0.001
    wanted = float(acoustics.load_torchaudio().functional.loudness(signal.unsqueeze(0), 8000))
    assert acoustics.loudness_lufs(signal, sample_rate_hz=8000) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("samples", [1, 100, 3200, 8000])
def test_loudness_exists_for_short_signals_and_silence(samples: int) -> None:
    assert acoustics.loudness_lufs(torch.zeros(samples), sample_rate_hz=8000) == float("-inf")
    assert acoustics.loudness_lufs(torch.ones(samples) * 0.5, sample_rate_hz=8000) < 0.0


def test_an_extension_that_does_not_load_is_replaced() -> None:
    code = """
import builtins, sys
real, failed = builtins.__import__, []
def fails_once(name, *args, **kwargs):
    if name == "torchaudio" and not failed:
        failed.append(name)
        raise OSError("libc10_cuda.so: cannot open shared object file")
    return real(name, *args, **kwargs)
builtins.__import__ = fails_once
from modeling.acoustics import change_rate
import torch
assert len(change_rate(torch.zeros(160), from_hz=16000, to_hz=8000)) == 80
assert failed and sys.modules["torchaudio._extension"]._IS_RIR_AVAILABLE is False
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0
