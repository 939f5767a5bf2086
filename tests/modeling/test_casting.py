"""Who is mixed with whom: shares of one corpus and one sex hold, nobody meets themself."""

import numpy as np
import pytest

from modeling.data.bank import BankedClip
from modeling.data.casting import Casting, Speaker
from modeling.data.mixing_config import MixingConfig
from modeling.errors import InputRefused


def clip(speaker_id: str, sex: str = "") -> BankedClip:
    samples = {100: np.zeros(8, dtype=np.int16)}
    return BankedClip(
        speaker_id=speaker_id,
        source=speaker_id.partition("_")[0],
        samples_by_speed=samples,
        gain=1.0,
        sex=sex,
    )


CLIPS = [
    *(clip(f"{source}_{number}", "fm"[number % 2]) for source in ("aa", "bb") for number in range(12)),
    *(clip(f"cc_{number}") for number in range(6)),
    *(clip(f"pico_{number}") for number in range(6)),
]


def casts(count: int, clips: list[BankedClip] = CLIPS, **config: object) -> list[list[Speaker]]:
    casting, rng = Casting(clips, config=MixingConfig(**config)), np.random.default_rng(0)
    return [casting.draw(rng) for _ in range(count)]


@pytest.mark.parametrize("speakers", [2, 3, 5])
def test_nobody_meets_themself_and_unlabelled_groups_never_meet(speakers: int) -> None:
    for cast in casts(300, num_sources=speakers):
        assert len({speaker.speaker_id for speaker in cast}) == speakers
        assert sum(speaker.source == "pico" for speaker in cast) <= 1


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_the_share_within_one_corpus_is_as_asked(share: float) -> None:
    drawn = casts(1500, same_source_share=share)
    within = sum(len({speaker.source for speaker in cast}) == 1 for cast in drawn) / len(drawn)
    assert within == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("speakers", [2, 3])
def test_half_of_the_casts_of_known_sex_are_of_one_sex(speakers: int) -> None:
    known = [cast for cast in casts(2000, num_sources=speakers) if all(speaker.sex for speaker in cast)]
    same = sum(len({speaker.sex for speaker in cast}) == 1 for cast in known) / len(known)
    assert len(known) > 500 and same == pytest.approx(0.5, abs=0.05)


def test_a_corpus_of_one_sex_is_mixed_all_the_same() -> None:
    women = [clip(f"aa_{number}", "f") for number in range(3)]
    assert all(len(cast) == 2 for cast in casts(20, women, same_sex_share=0.0))


def test_a_small_corpus_serves_where_it_can() -> None:
    clips = [clip("lj_1", "f"), *(clip(f"aa_{number}", "fm"[number % 2]) for number in range(4))]
    drawn = casts(200, clips, num_sources=3, same_source_share=0.5)
    assert {len({speaker.source for speaker in cast}) for cast in drawn} == {1, 2}


def test_too_few_speakers_are_refused_with_their_number() -> None:
    with pytest.raises(InputRefused, match="at least 3, known apart, are needed, and it has 2"):
        casts(1, [clip("aa_1"), clip("pico_1"), clip("pico_2")], num_sources=3)
