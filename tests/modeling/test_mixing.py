"""Dynamic mixing: sums are exact, levels are as asked, the stream is a state that can be saved."""

from pathlib import Path

import numpy as np
import pytest
import torch

from modeling.data.bank import BankedClip, load_clips
from modeling.data.corpus import read_clips
from modeling.data.mixing import DynamicMixer, Surroundings
from modeling.data.rooms import RoomBank, hear
from modeling.errors import InputRefused
from modeling.runs.config import MixingConfig

RATE_HZ = 8000


@pytest.fixture(scope="module")
def clips(corpus: Path) -> list[BankedClip]:
    listed = read_clips(corpus, split="train")
    return load_clips(listed, corpus=corpus, sample_rate_hz=RATE_HZ, speeds_percent=(100, 110))


EVERYTHING = {
    "noisy_share": 0.7,
    "noise_floor_share": 0.7,
    "reverberant_share": 0.7,
    "equaliser_share": 0.7,
    "device_share": 0.7,
    "clipping_share": 0.5,
    "partial_overlap_share": 0.7,
}


def mixer(clips: list[BankedClip], **config: object) -> DynamicMixer:
    return DynamicMixer(
        clips,
        surroundings=Surroundings(
            noises=[np.random.default_rng(0).standard_normal(500).astype(np.float32)],
            rooms=RoomBank([], sample_rate_hz=RATE_HZ),
        ),
        config=MixingConfig(crop_s=0.5, speeds_percent=(100, 110), **config),
        sample_rate_hz=RATE_HZ,
        seed=5,
    )


def test_a_clean_mixture_is_the_sum_of_its_sources(clips: list[BankedClip]) -> None:
    batch = mixer(clips).draw_batch(6)
    assert batch.mix_bt.shape == (6, 4000) and batch.sources_bct.shape == (6, 2, 4000)
    torch.testing.assert_close(batch.mix_bt, batch.sources_bct.sum(dim=1))


def test_noise_is_in_the_mixture_at_the_asked_level_and_in_no_source(clips: list[BankedClip]) -> None:
    batch = mixer(clips, noisy_share=1.0, snr_low_db=10.0, snr_high_db=10.0).draw_batch(4)
    speech_bt = batch.sources_bct.sum(dim=1)
    noise_bt = batch.mix_bt - speech_bt
    snr_db = 10 * torch.log10(speech_bt.square().sum(-1) / noise_bt.square().sum(-1))
    torch.testing.assert_close(snr_db, torch.full((4,), 10.0), rtol=0, atol=0.01)


def test_rooms_are_part_of_the_sources(clips: list[BankedClip]) -> None:
    batch = mixer(clips, reverberant_share=1.0).draw_batch(4)
    torch.testing.assert_close(batch.mix_bt, batch.sources_bct.sum(dim=1))
    assert not torch.allclose(batch.sources_bct, mixer(clips).draw_batch(4).sources_bct)


def test_one_seed_gives_one_stream(clips: list[BankedClip]) -> None:
    first, second = mixer(clips, **EVERYTHING), mixer(clips, **EVERYTHING)
    assert all(torch.equal(first.draw_batch(3).mix_bt, second.draw_batch(3).mix_bt) for _ in range(3))


def test_a_saved_position_draws_the_same_mixtures_again(clips: list[BankedClip]) -> None:
    stream = mixer(clips, **EVERYTHING)
    stream.draw_batch(3)
    position = stream.state_dict()
    expected = stream.draw_batch(3)
    other = mixer(clips, **EVERYTHING)
    other.load_state_dict(position)
    again = other.draw_batch(3)
    assert torch.equal(again.mix_bt, expected.mix_bt) and torch.equal(again.dry_bct, expected.dry_bct)


def test_with_everything_on_a_mixture_is_still_its_sources_and_its_noise(clips: list[BankedClip]) -> None:
    batch = mixer(clips, **EVERYTHING).draw_batch(16)
    torch.testing.assert_close(batch.mix_bt, batch.sources_bct.sum(dim=1) + batch.noise_bt)
    assert torch.isfinite(batch.mix_bt).all() and torch.isfinite(batch.dry_bct).all()


ONE_DEVICE = {"device_share": 1.0, "band_limit_share": 0.0, "pumping_share": 0.0, "noise_floor_share": 1.0}


def test_what_a_device_loses_is_lost_in_mixture_and_references(clips: list[BankedClip]) -> None:
    config = {**ONE_DEVICE, "clipping_share": 0.0, "packet_gap_share": 1.0, "reverberant_share": 1.0}
    batch = mixer(clips, **config).draw_batch(8)
    is_lost_bt = batch.mix_bt == 0
    assert (is_lost_bt.sum(dim=1) >= 70).all()
    for signals_bct in (batch.sources_bct, batch.early_bct, batch.dry_bct):
        assert not (signals_bct.abs().sum(dim=1) * is_lost_bt).any()


def test_clipping_is_in_the_mixture_and_in_no_reference(clips: list[BankedClip]) -> None:
    batch = mixer(clips, **{**ONE_DEVICE, "clipping_share": 1.0, "packet_gap_share": 0.0}).draw_batch(8)
    peaks_b = batch.mix_bt.abs().amax(dim=1, keepdim=True)
    at_the_limit_b = (batch.mix_bt.abs() > 0.9999 * peaks_b).sum(dim=1)
    assert (at_the_limit_b >= 5).all()
    assert (batch.sources_bct.sum(dim=1).abs().amax(dim=1, keepdim=True) > 1.05 * peaks_b).all()


def test_pumping_is_the_same_in_every_reference(clips: list[BankedClip]) -> None:
    config = {"clipping_share": 0.0, "packet_gap_share": 0.0, "noise_floor_share": 0.0}
    plain, pumped = (
        mixer(clips, **{**ONE_DEVICE, **config, "pumping_share": share}).draw_batch(1) for share in (0.0, 1.0)
    )
    gain_ct = pumped.sources_bct[0] / plain.sources_bct[0]
    heard = (plain.sources_bct[0].abs() > 1e-3).all(dim=0)
    assert heard.sum() > 500
    # The levels of the two streams differ by a constant.
    first, second = (gain_t[heard] / gain_t[heard].mean() for gain_t in gain_ct)
    torch.testing.assert_close(first, second, rtol=1e-3, atol=0)
    assert first.std() > 0.01


def test_levels_stay_within_the_range_at_the_microphone(clips: list[BankedClip]) -> None:
    batch = mixer(clips, reverberant_share=0.5, equaliser_share=1.0).draw_batch(40)
    powers_bc = batch.sources_bct.square().mean(dim=-1)
    sir_db = 10 * torch.log10(powers_bc[:, 0] / powers_bc[:, 1])
    assert sir_db.abs().max() <= 5.01 and sir_db.std() > 1.5


def test_snr_and_noise_floor_fall_in_their_ranges(clips: list[BankedClip]) -> None:
    for config, low, high in (
        ({"noisy_share": 1.0}, 0.0, 20.0),
        ({"noise_floor_share": 1.0}, 25.0, 35.0),
    ):
        batch = mixer(clips, **config).draw_batch(30)
        speech_b = batch.sources_bct.sum(dim=1).square().mean(dim=-1)
        ratio_db = 10 * torch.log10(speech_b / batch.noise_bt.square().mean(dim=-1))
        assert low - 0.01 <= ratio_db.min() and ratio_db.max() <= high + 0.01
        assert ratio_db.max() - ratio_db.min() > 0.5 * (high - low)


@pytest.mark.parametrize("rule", ["librimix", "wham"])
def test_the_rules_of_data_sets_keep_the_sum_and_the_peak(clips: list[BankedClip], rule: str) -> None:
    batch = mixer(clips, level_rule=rule, noisy_share=1.0).draw_batch(8)
    torch.testing.assert_close(batch.mix_bt, batch.sources_bct.sum(dim=1) + batch.noise_bt)
    peaks = batch.mix_bt.abs().amax(dim=-1)
    assert peaks.max() <= 0.9001
    if rule == "wham":
        torch.testing.assert_close(peaks, torch.full((8,), 0.9))
        speech_b = batch.sources_bct.abs().mean(dim=(1, 2))
        torch.testing.assert_close(batch.noise_bt.abs().mean(dim=-1), speech_b, rtol=1e-3, atol=0)


def test_clips_are_banked_at_one_loudness_and_faster_means_shorter(clips: list[BankedClip]) -> None:
    clip = clips[0]
    assert len(clip.samples(110)) == pytest.approx(len(clip.samples(100)) / 1.1, abs=2)
    levels_db = [20 * np.log10(np.square(each.samples(100)).mean() ** 0.5) for each in clips]
    assert max(levels_db) - min(levels_db) < 6.0


def test_a_room_keeps_the_direct_sound_in_place() -> None:
    dry = np.zeros((2, 400), dtype=np.float32)
    dry[:, 100] = 1.0
    positions = RoomBank([], sample_rate_hz=RATE_HZ).draw(np.random.default_rng(0), 2)
    heard = hear(dry, positions)
    assert heard.reverberant_ct.shape == (2, 400) and np.abs(heard.reverberant_ct[:, :100]).max() < 1e-6
    assert heard.reverberant_ct[0, 100] == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(heard.dry_ct, dry, atol=1e-6)


def test_early_is_the_direct_sound_and_fifty_milliseconds_and_the_rest_is_late(
    clips: list[BankedClip],
) -> None:
    dry = np.zeros((1, 4000), dtype=np.float32)
    dry[:, 0] = 1.0
    heard = hear(dry, RoomBank([], sample_rate_hz=RATE_HZ).draw(np.random.default_rng(1), 1))
    np.testing.assert_allclose(heard.early_ct[:, :400], heard.reverberant_ct[:, :400], atol=1e-6)
    assert np.abs(heard.early_ct[:, 400:]).max() < 1e-6 < np.abs(heard.reverberant_ct[:, 400:]).max()


def test_without_rooms_the_three_conventions_are_one_tensor(clips: list[BankedClip]) -> None:
    batch = mixer(clips).draw_batch(2)
    assert batch.dry_bct is batch.sources_bct and batch.early_bct is batch.sources_bct
    assert batch.lengths_b is None and not batch.noise_bt.any()


def test_the_conventions_of_a_reverberant_batch_share_their_gain(clips: list[BankedClip]) -> None:
    batch = mixer(clips, reverberant_share=1.0).draw_batch(4)
    energies = [batch.references(name).square().sum(-1) for name in ("dry", "early", "reverberant")]
    late = (batch.sources_bct - batch.early_bct).square().sum(-1)
    assert (energies[0] != energies[1]).all() and (late > 0).all()
    assert (late < 2.5 * energies[2]).all()


@pytest.mark.parametrize("speakers", [2, 3, 5])
def test_mixtures_of_two_to_five_speakers_add_up(clips: list[BankedClip], speakers: int) -> None:
    batch = mixer(clips, num_sources=speakers, noisy_share=1.0, reverberant_share=0.5).draw_batch(4)
    assert batch.sources_bct.shape == (4, speakers, 4000)
    torch.testing.assert_close(batch.mix_bt, batch.sources_bct.sum(dim=1) + batch.noise_bt)


def test_six_speakers_are_refused_with_the_range() -> None:
    with pytest.raises(InputRefused, match="between 2 and 5, not 6"):
        MixingConfig(num_sources=6)


def test_one_speaker_cannot_be_mixed(clips: list[BankedClip]) -> None:
    with pytest.raises(InputRefused, match="too few speakers"):
        mixer(clips[:1])
