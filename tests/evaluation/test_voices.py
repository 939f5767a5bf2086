"""Voices of paid efforts are compared, flagged and forgotten; they never decide anything."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.voice_prints import FEATURES, voice_features
from core.models import Job
from core.runner import run_waiting
from evaluation.runs.services.requests import pull_voices
from evaluation.runs.services.voices import note_voices
from evaluation.runs.voice_rules import NOTE_VOICES, shipped_scale
from recruitment.models import Anomaly, Effort, WorkStamp
from recruitment.services.anomaly_search import look_for_anomalies
from recruitment.services.stamps import mint_stamp
from recruitment.services.withdrawals import show_withdrawal_code, withdraw
from releases.withdrawal import erase_withdrawn
from tests.evaluation.voices import DEEP, HIGH, RATE_HZ, SHARP, make_paid_effort, make_take, say, unit_of

Samples = NDArray[np.float32]


@pytest.fixture
def effort(db: None) -> Effort:
    return make_paid_effort()


def by_turns(first: Samples, second: Samples) -> tuple[Samples, Samples]:
    """Each silent while the other speaks, as when one person reads both parts."""
    quiet = np.zeros(len(first), dtype=np.float32)
    return np.concatenate([first, quiet]), np.concatenate([quiet, second])


def test_a_voice_is_described_by_its_own_frames_only() -> None:
    alone, other = by_turns(say(DEEP, seed=1), say(HIGH, seed=2))
    described, _ = voice_features([alone + 0.05 * other, other], sample_rate_hz=RATE_HZ)
    clean, _ = voice_features([alone, other], sample_rate_hz=RATE_HZ)
    assert described is not None and clean is not None and described.shape == (FEATURES,)
    assert np.abs(described - clean).max() < 0.5


def test_the_pitch_is_found_and_level_and_rate_do_not_matter() -> None:
    signal = say(HIGH, seed=3)
    loud, _ = voice_features([signal, 0 * signal], sample_rate_hz=RATE_HZ)
    faint, _ = voice_features([0.01 * signal, 0 * signal], sample_rate_hz=RATE_HZ)
    assert loud is not None and faint is not None
    assert np.allclose(loud, faint, atol=0.1)
    assert abs(2 ** loud[-3] - HIGH.pitch_hz) < 15


@pytest.mark.parametrize("signal", [np.zeros(40_000), np.zeros(10), say(DEEP, seed=1, duration_s=0.5)])
def test_too_little_speech_gives_no_description(signal: Samples) -> None:
    assert voice_features([signal.astype(np.float32)], sample_rate_hz=RATE_HZ) == [None]


def test_the_same_voice_in_another_participation_is_named(effort: Effort) -> None:
    earlier = make_take(effort, *by_turns(say(DEEP, seed=1), say(HIGH, seed=2)))
    stranger = make_take(effort, *by_turns(say(SHARP, seed=3), say(SHARP, seed=4)))
    later = make_take(effort, *by_turns(say(DEEP, seed=5), say(HIGH, seed=6)))
    for recording in (earlier, stranger, later):
        note_voices(recording=recording)
    assert unit_of(later).evidence["voices"]["same_voice_as"] == [earlier.work_subject]
    assert unit_of(stranger).evidence["voices"]["same_voice_as"] == []


def test_one_very_like_voice_or_both_alike_are_a_finding() -> None:
    scale = shipped_scale()
    high, alike = scale.one_voice_from + 0.01, scale.both_voices_from + 0.01
    one, two = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]

    def near(axis: list[float], cosine: float) -> list[float]:
        return [cosine * value for value in axis[:2]] + [float(np.sqrt(1 - cosine**2))]

    assert scale.sharing([one, two], [near(one, high), [0.0, 0.0, 1.0]]) > 0
    assert scale.sharing([one, two], [near(two, alike), near(one, alike)]) > 0
    assert scale.sharing([one, two], [near(one, alike), [0.0, 0.0, 1.0]]) < 0
    assert scale.sharing([one], [near(one, alike)]) < 0 < scale.sharing([one], [near(one, high)])
    assert scale.sharing([], [one]) < 0


def test_other_takes_of_the_same_participation_are_no_finding(effort: Effort) -> None:
    take = make_take(effort, *by_turns(say(DEEP, seed=1), say(HIGH, seed=2)))
    for _ in range(2):
        note_voices(recording=take)
    assert unit_of(take).evidence["voices"]["same_voice_as"] == []


def test_one_person_for_two_is_likelier_than_two(effort: Effort) -> None:
    one = make_take(effort, *by_turns(say(DEEP, seed=1), say(DEEP, seed=2)))
    two = make_take(effort, *by_turns(say(DEEP, seed=3), say(HIGH, seed=4)))
    found = [note_voices(recording=recording) for recording in (one, two)]
    likely, unlikely = (unit.evidence["voices"]["single_voice_probability"] for unit in found if unit)
    assert likely >= 0.9 > 0.5 > unlikely


def test_findings_become_anomalies_and_block_nothing(effort: Effort) -> None:
    take = make_take(effort, *by_turns(say(DEEP, seed=1), say(DEEP, seed=2)))
    mint_stamp(work_unit=unit_of(take))
    note_voices(recording=take)
    look_for_anomalies(effort=effort)
    assert Anomaly.objects.get().kind == "one_person"
    assert WorkStamp.objects.get().state == "issued" and unit_of(take).state == "done"


def test_the_pull_asks_once_and_for_paid_efforts_only(effort: Effort) -> None:
    paid = make_take(effort, *by_turns(say(DEEP, seed=1), say(HIGH, seed=2)))
    unpaid = make_paid_effort()
    Effort.objects.filter(pk=unpaid.pk).update(channel="open")
    free = make_take(unpaid, *by_turns(say(DEEP, seed=1), say(HIGH, seed=2)))
    assert (pull_voices(), pull_voices()) == (1, 0)
    run_waiting(worker="test")
    assert "voices" in unit_of(paid).evidence and "voices" not in unit_of(free).evidence
    assert Job.objects.get(kind=NOTE_VOICES).state == "done"


def test_a_withdrawal_erases_the_voice_and_every_mention_of_it(effort: Effort) -> None:
    takes = [make_take(effort, *by_turns(say(DEEP, seed=n), say(HIGH, seed=n + 9))) for n in (1, 2)]
    for recording in takes:
        note_voices(recording=recording)
    assert unit_of(takes[1]).evidence["voices"]["same_voice_as"] == [takes[0].work_subject]
    withdraw(code=show_withdrawal_code(participant=takes[0].participation.participant))
    erase_withdrawn()
    assert "voices" not in unit_of(takes[0]).evidence
    assert unit_of(takes[1]).evidence["voices"]["same_voice_as"] == []


def test_whoever_withdrew_meanwhile_is_not_described(effort: Effort) -> None:
    take = make_take(effort, *by_turns(say(DEEP, seed=1), say(HIGH, seed=2)))
    withdraw(code=show_withdrawal_code(participant=take.participation.participant))
    take.refresh_from_db()
    assert note_voices(recording=take) is None and "voices" not in unit_of(take).evidence
