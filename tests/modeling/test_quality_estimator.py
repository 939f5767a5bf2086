"""Our estimator, by construction: level, polarity, order of stems and padding change nothing."""

import dataclasses

import pytest
import torch
from torch import Tensor

from modeling.models.configs import QualityEstimatorConfig
from modeling.models.quality_estimator import HIGH, LOW, MEDIAN, QualityEstimator

TINY = QualityEstimatorConfig(
    fft_samples=64,
    hop_samples=32,
    conv_channels=6,
    token_size=16,
    feedforward_size=16,
    num_heads=2,
    num_layers=1,
    embedding_size=8,
)
TOLERANCE = {"rtol": 0.0, "atol": 1e-3}


def build(config: QualityEstimatorConfig = TINY) -> QualityEstimator:
    torch.manual_seed(0)
    model = QualityEstimator(config).eval()
    # A fresh readout answers the same for everything; a random one tells signals apart.
    torch.nn.init.normal_(model.readout.weight, std=0.3)
    return model


@pytest.fixture(scope="module")
def model() -> QualityEstimator:
    return build()


def signals(*, stems: int = 2, samples: int = 4000, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    voices_bct = torch.randn(3, stems, samples, generator=generator)
    mix_bt = voices_bct.sum(dim=1)
    leaked_bct = voices_bct + torch.tensor([0.1, 0.5, 1.0]).view(3, 1, 1) * mix_bt.unsqueeze(1)
    return mix_bt, leaked_bct


def estimate_db(model: QualityEstimator, mix_bt: Tensor, stems_bct: Tensor, **options: Tensor) -> Tensor:
    with torch.inference_mode():
        return model(mix_bt, stems_bct, **options).si_snr_db_bcvq


def test_different_stems_get_different_estimates(model: QualityEstimator) -> None:
    assert estimate_db(model, *signals())[..., MEDIAN].std() > 0.05


@pytest.mark.parametrize("gains", [(1e-4, 1.0), (1.0, 1e4), (-1.0, 1.0), (1.0, -1.0)])
def test_gain_and_polarity_change_no_estimate(model: QualityEstimator, gains: tuple[float, float]) -> None:
    mix, stems = signals()
    expected = estimate_db(model, mix, stems)
    torch.testing.assert_close(estimate_db(model, gains[0] * mix, gains[1] * stems), expected, **TOLERANCE)


def test_each_stem_may_have_a_gain_and_polarity_of_its_own(model: QualityEstimator) -> None:
    mix, stems = signals()
    gains_c1 = torch.tensor([[30.0], [-0.02]])
    torch.testing.assert_close(
        estimate_db(model, mix, gains_c1 * stems), estimate_db(model, mix, stems), **TOLERANCE
    )


@pytest.mark.parametrize("sources", [2, 3, 5])
def test_estimates_move_with_their_stems(model: QualityEstimator, sources: int) -> None:
    mix, stems = signals(stems=sources)
    order = torch.arange(sources).roll(1)
    torch.testing.assert_close(
        estimate_db(model, mix, stems[:, order]), estimate_db(model, mix, stems)[:, order], **TOLERANCE
    )


def test_a_padded_batch_answers_each_item_as_alone(model: QualityEstimator) -> None:
    mix, stems = signals()
    lengths = torch.tensor([4000, 2501, 1])
    noise = torch.randn(3, 4000)
    beyond = torch.arange(4000) >= lengths.unsqueeze(1)
    together = estimate_db(
        model, mix + noise * beyond, stems + (noise * beyond).unsqueeze(1), lengths_b=lengths
    )
    for item, length in enumerate(lengths.tolist()):
        alone = estimate_db(model, mix[item : item + 1, :length], stems[item : item + 1, :, :length])
        torch.testing.assert_close(together[item : item + 1], alone, **TOLERANCE)


@pytest.mark.parametrize("samples", [1, 2, 31, 32, 33, 65])
def test_an_estimate_exists_for_the_shortest_signals(model: QualityEstimator, samples: int) -> None:
    assert estimate_db(model, *signals(samples=samples)).isfinite().all()


def test_one_stem_alone_is_estimated_too(model: QualityEstimator) -> None:
    assert estimate_db(model, *signals(stems=1)).shape == (3, 1, 3, 3)


def test_a_silent_stem_and_a_silent_mixture_get_the_low_end(model: QualityEstimator) -> None:
    mix, stems = signals()
    stems[0, 1] = 0.0
    estimates = estimate_db(model, mix, stems)
    assert (estimates[0, 1] == -10.0).all() and (estimates[0, 0] > -10.0).any()
    assert (estimate_db(model, torch.zeros_like(mix), stems) == -10.0).all()


def test_the_interval_holds_the_median_and_stays_in_the_range(model: QualityEstimator) -> None:
    estimates = estimate_db(model, *signals())
    assert (estimates[..., LOW] <= estimates[..., MEDIAN]).all()
    assert (estimates[..., MEDIAN] <= estimates[..., HIGH]).all()
    assert estimates.min() >= -10.0 and estimates.max() <= 25.0


def test_calibration_widens_the_interval_of_its_convention_alone(model: QualityEstimator) -> None:
    wider = build(dataclasses.replace(TINY, widen_early_db=2.0))
    before, after = estimate_db(model, *signals()), estimate_db(wider, *signals())
    torch.testing.assert_close(after[..., 1, HIGH], before[..., 1, HIGH] + 2.0)
    assert torch.equal(after[..., 0, :], before[..., 0, :])
    assert torch.equal(after[..., MEDIAN], before[..., MEDIAN])


def test_the_published_size_is_between_one_and_two_million() -> None:
    parameters = QualityEstimator(QualityEstimatorConfig()).parameters()
    assert 1_000_000 < sum(parameter.numel() for parameter in parameters) < 2_000_000
