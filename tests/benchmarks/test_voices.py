"""The benchmark of voices counts what it says it counts, on voices whose likeness is known."""

import numpy as np

from benchmarks.voice_fitting import fit_scale
from benchmarks.voice_takes import Voice
from benchmarks.voices import compared, equal_error_rate, figures_of
from evaluation.runs.voice_rules import scale_from_json, shipped_scale

FEATURES = len(shipped_scale().mean)
ONE_PERSON = [(np.ones(FEATURES), np.ones(FEATURES))]


def made_voices(*, speakers: int, spread: float) -> list[Voice]:
    """Two takes of each speaker; `spread` is how far takes of one lie apart, speakers lie 1 apart."""
    rng = np.random.default_rng(3)
    own = rng.standard_normal((speakers, FEATURES))
    return [
        Voice(
            speaker_id=f"s{speaker:03d}",
            source="made",
            take=take * speakers + speaker // 4 * 2 + speaker % 2,
            features=own[speaker] + spread * rng.standard_normal(FEATURES),
        )
        for speaker in range(speakers)
        for take in (0, 1)
    ]


def test_equal_errors_of_known_scores() -> None:
    low, high = np.arange(100) / 100, np.arange(100) / 100 + 1
    assert equal_error_rate(high, low) == 0.0
    assert abs(equal_error_rate(low, low) - 0.5) < 0.02
    assert equal_error_rate(low, high) > 0.98


def test_only_takes_of_the_same_source_are_compared() -> None:
    voices = made_voices(speakers=4, spread=0.1)
    same, different = compared(shipped_scale(), voices)
    # 28 pairs: 4 of one speaker, 4 in one take, 20 of two speakers across takes.
    assert (len(same), len(different)) == (4, 20)


def test_a_scale_made_from_people_who_differ_tells_them_apart() -> None:
    scale = scale_from_json(fit_scale(made_voices(speakers=200, spread=0.2)))
    figures = figures_of(scale, made_voices(speakers=40, spread=0.2), ONE_PERSON)
    assert figures["equal_error_rate"] == 0.0 and figures["found_one_voice"] == 1.0
    assert float(figures["false_alarms_per_1000"]) <= 2.0 and figures["one_person_found"] == 1.0


def test_a_scale_cannot_find_what_is_not_there() -> None:
    scale = scale_from_json(fit_scale(made_voices(speakers=200, spread=20.0)))
    figures = figures_of(scale, made_voices(speakers=40, spread=20.0), ONE_PERSON)
    assert float(figures["equal_error_rate"]) > 0.3 and float(figures["found_one_voice"]) < 0.1
