"""Dynamic mixing: sums are exact, speakers differ, the stream is a state that can be saved."""

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


def test_two_speakers_are_never_one_and_unlabelled_groups_never_meet(clips: list[BankedClip]) -> None:
    stream = mixer(clips)
    pairs = [stream._draw_speakers() for _ in range(300)]
    assert all(first[0].speaker_id != second[0].speaker_id for first, second in pairs)
    assert not any(first[0].source == second[0].source == "pico" for first, second in pairs)


def test_most_pairs_come_from_one_source(clips: list[BankedClip]) -> None:
    stream = mixer([clip for clip in clips if clip.source != "pico"], same_source_share=0.7)
    pairs = [stream._draw_speakers() for _ in range(600)]
    same = sum(first[0].source == second[0].source for first, second in pairs) / len(pairs)
    # 70 % by rule, and half of the others by chance.
    assert 0.78 < same < 0.92


def test_a_saved_position_draws_the_same_mixtures_again(clips: list[BankedClip]) -> None:
    stream = mixer(clips, noisy_share=0.5, reverberant_share=0.5)
    stream.draw_batch(3)
    position = stream.state_dict()
    expected = stream.draw_batch(3).mix_bt
    other = mixer(clips, noisy_share=0.5, reverberant_share=0.5)
    other.load_state_dict(position)
    assert torch.equal(other.draw_batch(3).mix_bt, expected)


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
