"""The band-split separator: its bands, and what every separator owes: unequal lengths, silence, gradients."""

import pytest
import torch

from modeling.building import build_model
from modeling.errors import InputRefused
from modeling.losses import si_snr_db
from modeling.models.configs import BandSplitConfig
from modeling.runs import RUNS

TINY = {
    "fft_samples": 64,
    "hop_samples": 16,
    "low_bands": 4,
    "octave_bands": 2,
    "num_blocks": 2,
    "embedding_size": 8,
    "hidden_size": 6,
    "mask_hidden_size": 12,
}
LENGTHS = [1000, 1, 517, 64]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def tiny(**settings: int) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_model(BandSplitConfig(**{**TINY, **settings})).eval()


def test_bands_are_narrow_below_and_wide_above() -> None:
    assert BandSplitConfig().band_widths == 8 * [4] + 4 * [8] + 3 * [16] + [17]


@pytest.mark.parametrize("fft_samples", [64, 128, 250, 512])
@pytest.mark.parametrize("bands", [(1, 1), (5, 3), (4, 2)])
def test_every_bin_lies_in_one_band(fft_samples: int, bands: tuple[int, int]) -> None:
    config = BandSplitConfig(
        fft_samples=fft_samples, hop_samples=16, low_bands=bands[0], octave_bands=bands[1]
    )
    assert sum(config.band_widths) == config.num_bins
    assert len(config.band_widths) == bands[0] + 2 * bands[1]


def test_more_bands_than_bins_are_refused() -> None:
    with pytest.raises(InputRefused, match="'low_bands' \\(8\\).*cut 17 bins into bands without a bin"):
        BandSplitConfig(fft_samples=32, hop_samples=16)


def test_the_small_run_fits_a_cpu() -> None:
    run = RUNS["band_split_small"]()
    assert sum(weight.numel() for weight in build_model(run.model).parameters()) < 1_500_000


@pytest.mark.parametrize("samples", [1, 2, 16, 17, 900])
@pytest.mark.parametrize("sources", [1, 2, 3])
def test_it_keeps_batch_and_length(samples: int, sources: int) -> None:
    stems = tiny(num_sources=sources)(noise(2, samples))
    assert stems.shape == (2, sources, samples)
    assert torch.isfinite(stems).all()


@pytest.mark.parametrize("grids", [1, 4])
def test_a_padded_batch_separates_as_each_item_does_alone(grids: int) -> None:
    separator, mix = tiny(analysis_grids=grids), noise(4, 1000)
    together = separator(mix, torch.tensor(LENGTHS))
    for row, length in enumerate(LENGTHS):
        alone = separator(mix[row : row + 1, :length])[0]
        assert (together[row, :, :length] - alone).abs().max() < 1e-5 * alone.abs().max()
        assert (together[row, :, length:] == 0).all()


def test_silence_separates_into_silence_also_beside_speech() -> None:
    stems = tiny()(torch.stack([torch.zeros(300), noise(300)]), torch.tensor([300, 200]))
    assert (stems[0] == 0).all() and stems[1].abs().max() > 0


def test_stems_follow_the_level_of_the_mixture() -> None:
    separator, mix = tiny(), noise(1, 800)
    torch.testing.assert_close(separator(0.01 * mix), 0.01 * separator(mix), rtol=1e-4, atol=1e-7)


def test_a_band_has_its_own_masks() -> None:
    # Weights of the lowest band's read-out must change the stems below its edge and nothing above it.
    separator, mix = tiny(), noise(1, 1024)
    before = separator(mix)
    torch.nn.init.zeros_(separator.masks[0].read[3].weight)
    torch.nn.init.zeros_(separator.masks[0].read[3].bias)
    change = torch.fft.rfft((separator(mix) - before) * torch.hann_window(1024)).abs().mean(dim=(0, 1))
    assert change[:20].max() > 100 * change[150:].max()


def test_before_training_every_stem_is_about_half_the_mixture() -> None:
    mix = noise(1, 2000)
    scores = si_snr_db(estimate=tiny(num_sources=3)(mix), reference=mix[:, None].expand(-1, 3, -1))
    assert (scores > 5.0).all()


def test_every_weight_learns_from_a_padded_batch() -> None:
    separator = tiny().train()
    separator(noise(2, 400), torch.tensor([400, 130])).square().sum().backward()
    assert all(weight.grad.abs().sum() > 0 for weight in separator.parameters())
