"""The shipped estimator behaves on real voices as a quality measure must."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from modeling.building import load_model
from modeling.bundles import SHIPPED_FOLDER, read_bundle
from modeling.estimation import estimate_quality, estimate_si_snr_db
from modeling.waveforms import read_samples

BUNDLE = SHIPPED_FOLDER / "quality-estimator-8k"
DEMO = Path(__file__).parents[2] / "collection" / "demo"
RATE_HZ = 8000

Judge = Callable[[Tensor, list[Tensor]], list[float]]


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    return load_model(read_bundle(BUNDLE), device=torch.device("cpu"))


@pytest.fixture(scope="module")
def judge(model: torch.nn.Module) -> Judge:
    return lambda mix_t, stems: estimate_si_snr_db(model, mix_t, torch.stack(stems), sample_rate_hz=RATE_HZ)


@pytest.fixture(scope="module")
def voices() -> tuple[Tensor, Tensor]:
    """Two readers who speak one after the other in the demo, cut apart and laid over each other."""
    samples_t = torch.from_numpy(read_samples(DEMO / "6-one-after-the-other.flac", sample_rate_hz=RATE_HZ))
    second = 2 * RATE_HZ
    first_t, second_t = samples_t[:second], samples_t[len(samples_t) - second - 4000 : len(samples_t) - 4000]
    return first_t / first_t.std(), second_t / second_t.std()


@pytest.fixture(scope="module")
def stranger() -> Tensor:
    samples_t = torch.from_numpy(read_samples(DEMO / "3-two-men.flac", sample_rate_hz=RATE_HZ))
    return samples_t[: 2 * RATE_HZ]


def leaky(voices: tuple[Tensor, Tensor], leak_db: float) -> list[Tensor]:
    leak = 10 ** (leak_db / 20)
    return [voices[0] + leak * voices[1], voices[1] + leak * voices[0]]


def test_an_estimate_falls_as_the_other_talker_leaks_in(judge: Judge, voices: tuple[Tensor, Tensor]) -> None:
    estimates = [sum(judge(voices[0] + voices[1], leaky(voices, leak))) / 2 for leak in (-25, -15, -8, -3)]
    assert estimates == sorted(estimates, reverse=True)
    assert estimates[0] > estimates[-1] + 6.0


def test_clean_voices_score_high(judge: Judge, voices: tuple[Tensor, Tensor]) -> None:
    assert min(judge(sum(voices), list(voices))) > 12.0


def test_the_mixture_copied_twice_scores_low(judge: Judge, voices: tuple[Tensor, Tensor]) -> None:
    mix_t = voices[0] + voices[1]
    assert max(judge(mix_t, [mix_t, mix_t])) < 4.0


def test_silence_scores_low(judge: Judge, voices: tuple[Tensor, Tensor]) -> None:
    assert judge(voices[0] + voices[1], [torch.zeros_like(voices[0])] * 2) == [-10.0, -10.0]


def test_the_same_voice_twice_scores_low(judge: Judge, voices: tuple[Tensor, Tensor]) -> None:
    assert max(judge(voices[0] + voices[1], [voices[0], voices[0]])) < 4.0


def test_an_unrelated_clean_voice_scores_low(
    judge: Judge, voices: tuple[Tensor, Tensor], stranger: Tensor
) -> None:
    assert judge(voices[0] + voices[1], [voices[0], stranger])[1] < 0.0


def test_three_talkers_are_told_apart_from_leaky_ones_and_from_the_mixture(
    judge: Judge, voices: tuple[Tensor, Tensor], stranger: Tensor
) -> None:
    clean = [*voices, stranger / stranger.std()]
    mix_t = torch.stack(clean).sum(0)
    means = [
        sum(judge(mix_t, [voice_t + leak * (mix_t - voice_t) for voice_t in clean])) / 3
        for leak in (0.0, 0.2, 0.5, 1.0)
    ]
    assert means == sorted(means, reverse=True) and means[0] > means[-1] + 6.0


@pytest.mark.xfail(strict=True, reason="a clean swap of speakers is not heard: a limit named in the card")
def test_a_swap_midway_costs_both_stems(judge: Judge, voices: tuple[Tensor, Tensor]) -> None:
    half = len(voices[0]) // 2
    swapped = [
        torch.cat([voices[0][:half], voices[1][half:]]),
        torch.cat([voices[1][:half], voices[0][half:]]),
    ]
    kept = judge(voices[0] + voices[1], leaky(voices, -12.0))
    assert max(judge(voices[0] + voices[1], swapped)) < min(kept)


def test_the_improvement_of_clean_voices_is_large_and_of_the_mixture_none(
    model: torch.nn.Module, voices: tuple[Tensor, Tensor]
) -> None:
    mix_t = voices[0] + voices[1]
    clean = estimate_quality(model, mix_t, torch.stack(voices), sample_rate_hz=RATE_HZ)
    assert all(stem.by_convention["reverberant"].improvement_db > 6.0 for stem in clean)
    copied = estimate_quality(model, mix_t, torch.stack([mix_t, mix_t]), sample_rate_hz=RATE_HZ)
    assert all(abs(stem.by_convention["reverberant"].improvement_db) < 0.01 for stem in copied)


def test_what_is_no_speech_is_far_from_the_known(
    model: torch.nn.Module, voices: tuple[Tensor, Tensor]
) -> None:
    def distance(mix_t: Tensor, stems: list[Tensor]) -> float:
        found = estimate_quality(model, mix_t, torch.stack(stems), sample_rate_hz=RATE_HZ)
        return max(stem.out_of_domain or 0.0 for stem in found)

    tone_t = torch.sin(torch.arange(2 * RATE_HZ) * 0.3)
    speech = distance(voices[0] + voices[1], leaky(voices, -12.0))
    assert distance(tone_t, [tone_t, 0.1 * tone_t.flip(0)]) > max(1.0, 1.2 * speech)
