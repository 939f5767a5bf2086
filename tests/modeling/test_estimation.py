"""Blind estimates of signals of any length: figures, intervals, improvements, curves."""

import pytest
import torch
from torch import Tensor, nn

from modeling.engine import QualityEstimates
from modeling.estimation import estimate_curve_db, estimate_quality, estimate_si_snr_db
from modeling.models.configs import QualityEstimatorConfig
from modeling.models.quality_estimator import QualityEstimator, QualityOutput
from modeling.packaging import write_debug_bundle

RATE_HZ = 100


class LouderIsBetter(nn.Module):
    """One output: the mean level of a stem, which is easy to foretell for any piece of it."""

    def forward(self, mix_bt: Tensor, stems_bct: Tensor) -> Tensor:
        return stems_bct.abs().mean(dim=-1)


class LouderIsBetterThrice(nn.Module):
    """Conventions 10 dB apart, intervals of a decibel below and two above, the loudest is the strangest."""

    def forward(self, mix_bt: Tensor, stems_bct: Tensor) -> QualityOutput:
        level_bc = stems_bct.abs().mean(dim=-1)
        offsets_vq = 10.0 * torch.arange(3).unsqueeze(1) + torch.tensor([-1.0, 0.0, 2.0])
        return QualityOutput(
            si_snr_db_bcvq=level_bc[..., None, None] + offsets_vq,
            embedding_bce=level_bc.unsqueeze(-1),
            distance_bc=level_bc,
        )


def rising_and_steady() -> Tensor:
    return torch.stack([torch.linspace(0.0, 2.0, 5000), torch.ones(5000)])


def test_a_long_estimate_is_the_mean_over_its_pieces() -> None:
    estimates = estimate_si_snr_db(
        LouderIsBetter(), torch.zeros(5000), rising_and_steady(), sample_rate_hz=RATE_HZ
    )
    assert estimates == pytest.approx([1.0, 1.0], abs=1e-3)


def test_three_conventions_come_with_their_intervals() -> None:
    stems = estimate_quality(
        LouderIsBetterThrice(), torch.zeros(5000), rising_and_steady(), sample_rate_hz=RATE_HZ
    )
    dry, heard = stems[1].by_convention["dry"], stems[1].by_convention["reverberant"]
    assert (dry.low_db, dry.si_snr_db, dry.high_db) == pytest.approx((0.0, 1.0, 3.0), abs=1e-3)
    assert heard.si_snr_db == pytest.approx(21.0, abs=1e-3)


def test_an_improvement_is_over_the_mixture_in_the_place_of_the_stem() -> None:
    mix = torch.full((400,), 0.25)
    for model in (LouderIsBetter(), LouderIsBetterThrice()):
        (stem,) = estimate_quality(model, mix, torch.ones(1, 400), sample_rate_hz=RATE_HZ)
        assert stem.by_convention["reverberant"].improvement_db == pytest.approx(0.75)


def test_the_strangest_piece_decides_how_strange_a_stem_is() -> None:
    stems = estimate_quality(
        LouderIsBetterThrice(), torch.zeros(5000), rising_and_steady(), sample_rate_hz=RATE_HZ
    )
    assert stems[0].out_of_domain is not None and stems[0].out_of_domain > 1.7
    assert stems[1].out_of_domain == pytest.approx(1.0)


def test_a_model_with_one_output_answers_for_its_own_convention_alone() -> None:
    (stem,) = estimate_quality(
        LouderIsBetter(), torch.zeros(400), torch.ones(1, 400), sample_rate_hz=RATE_HZ, convention="dry"
    )
    assert list(stem.by_convention) == ["dry"]
    assert stem.by_convention["dry"].low_db is None and stem.out_of_domain is None


def test_a_model_that_was_never_calibrated_does_not_say_that_it_knows_a_stem() -> None:
    config = QualityEstimatorConfig(conv_channels=6, token_size=16, feedforward_size=16, num_layers=1)
    (stem,) = estimate_quality(
        QualityEstimator(config).eval(), torch.randn(9000), torch.randn(1, 9000), sample_rate_hz=8000
    )
    assert stem.out_of_domain is None


def test_an_answer_has_no_keys_for_what_the_model_does_not_give(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bundle = write_debug_bundle(tmp_path_factory.mktemp("bundle") / "b", kind="estimator")
    stems = estimate_quality(LouderIsBetter(), torch.zeros(400), torch.ones(2, 400), sample_rate_hz=RATE_HZ)
    row = QualityEstimates(stems=stems, bundle=bundle).to_row()
    assert set(row) == {"si_snr_db", "si_snr_improvement_db", "target_convention", "conventions", "bundle"}
    assert row["conventions"] == {
        "reverberant": {"si_snr_db": [1.0, 1.0], "si_snr_improvement_db": [1.0, 1.0]}
    }


def test_both_ways_to_the_headline_agree() -> None:
    torch.manual_seed(0)
    config = QualityEstimatorConfig(conv_channels=6, token_size=16, feedforward_size=16, num_layers=1)
    model = QualityEstimator(config).eval()
    mix, stems = torch.randn(9000), torch.randn(2, 9000)
    full = estimate_quality(model, mix, stems, sample_rate_hz=8000)
    quick = estimate_si_snr_db(model, mix, stems, sample_rate_hz=8000)
    assert [stem.by_convention["reverberant"].si_snr_db for stem in full] == pytest.approx(quick, abs=1e-3)


def test_a_curve_has_a_row_for_each_second() -> None:
    curve = estimate_curve_db(
        LouderIsBetter(), torch.zeros(5000), rising_and_steady(), sample_rate_hz=RATE_HZ, window_s=2.0
    )
    assert curve.shape == (50, 2)
    torch.testing.assert_close(curve[2:-2, 0], torch.linspace(0.0, 2.0, 101)[1::2][2:-2], rtol=0, atol=0.01)


def test_a_curve_of_a_moment_is_one_row() -> None:
    assert estimate_curve_db(
        LouderIsBetter(), torch.zeros(30), torch.ones(2, 30), sample_rate_hz=RATE_HZ
    ).tolist() == [[1.0, 1.0]]


def test_the_answer_keeps_its_old_keys_beside_the_new(tmp_path_factory: pytest.TempPathFactory) -> None:
    bundle = write_debug_bundle(tmp_path_factory.mktemp("bundle") / "b", kind="estimator")
    stems = estimate_quality(
        LouderIsBetterThrice(), torch.zeros(400), torch.ones(2, 400), sample_rate_hz=RATE_HZ
    )
    row = QualityEstimates(stems=stems, bundle=bundle).to_row()
    assert row["si_snr_db"] == [21.0, 21.0] and row["target_convention"] == "reverberant"
    assert row["low_db"] == [20.0, 20.0] and row["high_db"] == [23.0, 23.0]
    assert row["out_of_domain"] == [1.0, 1.0]
    assert isinstance(row["conventions"], dict) and list(row["conventions"]) == [
        "dry",
        "early",
        "reverberant",
    ]
