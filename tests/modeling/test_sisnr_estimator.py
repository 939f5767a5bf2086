"""REAL-M's estimator: any batch, any number of sources, unequal lengths, silence, gradients."""

from __future__ import annotations

import pytest
import torch

from modeling.models.sisnr_estimator import SisnrEstimator, SisnrEstimatorConfig


@pytest.fixture
def estimator() -> SisnrEstimator:
    torch.manual_seed(0)
    return SisnrEstimator(SisnrEstimatorConfig(channels=8)).eval()


@torch.inference_mode()
def test_stems_of_unequal_lengths_get_the_estimates_they_get_alone(estimator: SisnrEstimator) -> None:
    lengths = torch.tensor([900, 517, 130, 64, 3, 1])
    mix_bt, stems_bct = torch.randn(6, 900), torch.randn(6, 3, 900)
    together_bc = estimator(mix_bt, stems_bct, lengths)
    for item, length in enumerate(lengths.tolist()):
        alone_bc = estimator(mix_bt[item : item + 1, :length], stems_bct[item : item + 1, :, :length])
        torch.testing.assert_close(together_bc[item], alone_bc[0], rtol=1e-5, atol=1e-4)


@torch.inference_mode()
def test_what_lies_past_an_items_own_length_changes_nothing(estimator: SisnrEstimator) -> None:
    mix_bt, stems_bct, lengths = torch.randn(2, 400), torch.randn(2, 2, 400), torch.tensor([400, 250])
    before_bc = estimator(mix_bt, stems_bct, lengths)
    mix_bt[1, 250:] = 7.0
    stems_bct[1, :, 250:] = -3.0
    assert torch.equal(estimator(mix_bt, stems_bct, lengths), before_bc)


@torch.inference_mode()
def test_the_answer_is_the_same_every_time_and_takes_no_random_numbers(estimator: SisnrEstimator) -> None:
    mix_bt, stems_bct = torch.randn(1, 500), torch.randn(1, 2, 500)
    generator_state = torch.get_rng_state()
    first_bc = estimator(mix_bt, stems_bct)
    assert all(torch.equal(estimator(mix_bt, stems_bct), first_bc) for _ in range(3))
    assert torch.equal(torch.get_rng_state(), generator_state)


@torch.inference_mode()
def test_a_silent_stem_or_mixture_gets_the_low_end(estimator: SisnrEstimator) -> None:
    mix_bt, stems_bct = torch.randn(2, 500), torch.randn(2, 2, 500)
    stems_bct[0, 1] = 0.25  # a constant is no sound either
    mix_bt[1] = 0.0
    si_snr_db_bc = estimator(mix_bt, stems_bct)
    assert si_snr_db_bc[0, 0] > -10.0
    assert si_snr_db_bc[0, 1] == -10.0
    assert si_snr_db_bc[1].tolist() == [-10.0, -10.0]


@torch.inference_mode()
def test_gain_and_offset_of_a_recording_do_not_matter(estimator: SisnrEstimator) -> None:
    mix_bt, stems_bct = torch.randn(1, 500), torch.randn(1, 2, 500)
    loud_bc = estimator(40.0 * mix_bt + 3.0, 0.001 * stems_bct)
    torch.testing.assert_close(loud_bc, estimator(mix_bt, stems_bct), rtol=1e-4, atol=1e-3)


def test_a_silent_stem_in_a_training_batch_leaves_the_gradients_finite(estimator: SisnrEstimator) -> None:
    stems_bct = torch.randn(2, 2, 300)
    stems_bct[0, 0] = 0.0
    estimator(torch.randn(2, 300), stems_bct).sum().backward()
    gradients = [parameter.grad for parameter in estimator.parameters()]
    assert all(gradient is not None and bool(gradient.isfinite().all()) for gradient in gradients)
