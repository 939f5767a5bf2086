"""Every model keeps the protocol for any batch, length and level; shapes, silence, independence of items."""

import dataclasses

import pytest
import torch

from modeling.building import build_model
from modeling.models.configs import BlstmConfig, SisnrEstimatorConfig
from modeling.models.sisnr_estimator import SisnrEstimator

SMALL_BLSTM = BlstmConfig(fft_samples=64, hop_samples=32, hidden_size=8, num_layers=2)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def separator() -> torch.nn.Module:
    torch.manual_seed(0)
    return build_model(SMALL_BLSTM).eval()


@pytest.fixture
def estimator() -> torch.nn.Module:
    torch.manual_seed(0)
    return build_model(SisnrEstimatorConfig(channels=16)).eval()


@pytest.mark.parametrize("samples", [1, 2, 31, 32, 33, 127, 1000])
def test_a_separator_keeps_batch_and_length(separator: torch.nn.Module, samples: int) -> None:
    stems = separator(noise(3, samples))
    assert stems.shape == (3, 2, samples)
    assert torch.isfinite(stems).all()


def test_a_separator_can_have_three_sources() -> None:
    config = BlstmConfig(num_sources=3, fft_samples=64, hop_samples=32, hidden_size=4, num_layers=1)
    assert build_model(config)(noise(2, 500)).shape == (2, 3, 500)


def test_stems_follow_the_level_of_the_mixture(separator: torch.nn.Module) -> None:
    mix = noise(1, 800)
    torch.testing.assert_close(separator(mix * 0.01), separator(mix) * 0.01, rtol=1e-4, atol=1e-6)


def test_silence_separates_into_silence(separator: torch.nn.Module) -> None:
    assert separator(torch.zeros(1, 500)).abs().max() < 1e-6


@pytest.mark.parametrize("grids", [2, 3, 4])
def test_passes_on_other_grids_are_averaged_in_one_order_of_sources(grids: int) -> None:
    torch.manual_seed(0)
    averaging = build_model(dataclasses.replace(SMALL_BLSTM, analysis_grids=grids)).eval()
    mix, step = noise(2, 900), 32 // grids
    passes = [averaging.separate_once(mix)]
    for shift in range(step, step * grids, step):
        stems = averaging.separate_once(torch.nn.functional.pad(mix, (shift, 0)))[..., shift:]
        swapped = (stems - passes[0]).square().sum((1, 2)) > (stems.flip(1) - passes[0]).square().sum((1, 2))
        passes.append(torch.where(swapped[:, None, None], stems.flip(1), stems))
    torch.testing.assert_close(averaging(mix), torch.stack(passes).mean(0), rtol=1e-4, atol=1e-6)
    assert torch.equal(averaging.train()(mix), averaging.separate_once(mix))


def test_the_end_of_a_signal_is_not_louder_than_the_rest(separator: torch.nn.Module) -> None:
    # One sample short of a whole hop is where a careless inverse transform divides by almost nothing.
    stems = separator(noise(1, 32 * 20 + 31))
    assert stems[..., -4:].abs().max() < 5 * stems.abs().mean() + stems[..., :-4].abs().max()


def test_an_item_of_a_batch_separates_as_it_does_alone(separator: torch.nn.Module) -> None:
    mix = noise(4, 700)
    torch.testing.assert_close(separator(mix)[2:3], separator(mix[2:3]), rtol=1e-4, atol=1e-5)


def test_the_published_estimator_has_its_published_size() -> None:
    parameters = SisnrEstimator(SisnrEstimatorConfig()).parameters()
    assert sum(parameter.numel() for parameter in parameters) == 329_857


@pytest.mark.parametrize("sources", [1, 2, 5])
def test_each_stem_is_paired_with_its_own_mixture(estimator: torch.nn.Module, sources: int) -> None:
    mix, stems = noise(3, 900), noise(3, sources, 900, seed=1)
    together = estimator(mix, stems)
    alone = torch.stack(
        [
            estimator(mix[b : b + 1], stems[b : b + 1, c : c + 1])[0, 0]
            for b in range(3)
            for c in range(sources)
        ]
    )
    torch.testing.assert_close(together.flatten(), alone, rtol=1e-4, atol=1e-4)


def test_an_estimate_is_repeatable_and_inside_the_range(estimator: torch.nn.Module) -> None:
    mix, stems = noise(2, 900), noise(2, 2, 900, seed=1)
    first = estimator(mix, stems)
    assert torch.equal(first, estimator(mix, stems))
    assert ((first > -10.0) & (first < 25.0)).all()


def test_a_silent_stem_gets_the_low_end(estimator: torch.nn.Module) -> None:
    stems = noise(1, 2, 900)
    stems[0, 1] = 0.0
    estimates = estimator(noise(1, 900, seed=2), stems)
    assert estimates[0, 1] == -10.0 and estimates[0, 0] > -10.0
    assert (estimator(torch.zeros(1, 900), stems) == -10.0).all()


@pytest.mark.parametrize("samples", [1, 2, 63, 64, 97])
def test_an_estimate_exists_for_the_shortest_signals(estimator: torch.nn.Module, samples: int) -> None:
    assert torch.isfinite(estimator(noise(1, samples), noise(1, 2, samples, seed=1))).all()


def test_gain_and_polarity_change_no_estimate(estimator: torch.nn.Module) -> None:
    mix, stems = noise(1, 900), noise(1, 2, 900, seed=1)
    torch.testing.assert_close(
        estimator(0.01 * mix, 30.0 * stems), estimator(mix, stems), rtol=1e-4, atol=1e-3
    )
