"""How often the comparison of separated voices errs: on people it never heard, mixed and separated as in a campaign.

Two speakers of the same source (the same kind of room and microphone) in each take, up to 8 s, separated by the
shipped separator. `equal_error_rate` is of single voices. `false_alarms_per_1000` counts pairs of takes of four
different people that the shipped thresholds take for takes with a common voice, `found_one_voice` the single voices
that reach theirs when one person comes back, and `found_both_voices` the square of the share that reaches the other
threshold: how often two people who come back together are found by it, if their voices err apart. Clips of one
person come from one recording session in most of this corpus, which flatters both. `one_person_*` are takes in
which one speaker reads both parts, in turns. `--fit FILE` makes the scale anew from the training
speakers. Needs the corpus of docs/modeling.md (`--corpus` or REALM_CORPUS_DIR).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.report import CannotRun, Figure, Report, Target, progress
from benchmarks.voice_fitting import fit_scale
from benchmarks.voice_takes import Features, Part, Separating, Voice, pairs_of, parts_of
from evaluation.runs.voice_rules import VoiceScale, likeness, scale_from_json, shipped_scale
from modeling.data.corpus import find_corpus
from modeling.errors import ModelingError

Scores = np.ndarray[tuple[int], np.dtype[np.float64]]

SEED = 7
FLAGGED_FROM = 0.9  # the probability from which one person for two becomes an anomaly
TARGETS = {
    "false_alarms_per_1000": Target(at_most=1.0),
    "one_person_false_alarm_share": Target(at_most=0.02),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, default=None, metavar="DIR", help="default: REALM_CORPUS_DIR")
    parser.add_argument(
        "--fit", type=Path, default=None, metavar="FILE", help="write a new scale, then measure"
    )
    parser.add_argument("--fit-takes", type=int, default=240, metavar="N")


def run(arguments: argparse.Namespace) -> Report:
    try:
        corpus = find_corpus(arguments.corpus)
        scale = fitted(arguments, corpus) if arguments.fit else shipped_scale()
        rng = np.random.default_rng(SEED)
        parts = parts_of(corpus, splits=("valid", "test"), rng=rng)
        separating = Separating(corpus, rng)
        voices = separating.voices(pairs_of(parts, rng))
        alone = one_person_takes(separating, parts)
    except ModelingError as reason:
        raise CannotRun(str(reason)) from reason
    return Report(figures=figures_of(scale, voices, alone), targets=TARGETS)


def fitted(arguments: argparse.Namespace, corpus: Path) -> VoiceScale:
    rng = np.random.default_rng(SEED)
    pairs = pairs_of(parts_of(corpus, splits=("train",), rng=rng), rng)
    chosen = [pairs[index] for index in rng.permutation(len(pairs))[: arguments.fit_takes]]
    stored = fit_scale(Separating(corpus, rng).voices(chosen))
    arguments.fit.write_text(json.dumps(stored) + "\n")
    progress(f"{arguments.fit} is written")
    return scale_from_json(stored)


def one_person_takes(separating: Separating, parts: Sequence[Part]) -> list[tuple[Features, Features]]:
    """One speaker reads both parts one after the other, as far as both separated signals hold speech."""
    parts_by_speaker: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        parts_by_speaker[part.speaker_id].append(part)
    found = []
    for own in [several for several in parts_by_speaker.values() if len(several) > 1]:
        first, second = (separating.speech(part) for part in own[:2])
        late = np.concatenate([np.zeros_like(first), second])
        features = [described for _, described in separating.features_of([first, late])]
        if len(features) == 2:
            found.append((features[0], features[1]))
    return found


def figures_of(
    scale: VoiceScale, voices: Sequence[Voice], alone: Sequence[tuple[Features, Features]]
) -> dict[str, Figure]:
    same, different = compared(scale, voices)
    sharing = sharing_of_four(scale, voices)
    own = np.array([scale.one_person_probability(between(scale, *pair)) for pair in alone])
    others = np.array([scale.one_person_probability(between(scale, *pair)) for pair in takes_of_two(voices)])
    return {
        "speakers": len({voice.speaker_id for voice in voices}),
        "same_comparisons": len(same),
        "different_comparisons": len(different),
        "one_voice_from": scale.one_voice_from,
        "both_voices_from": scale.both_voices_from,
        "equal_error_rate": equal_error_rate(same, different),
        "take_pairs_of_four": len(sharing),
        "false_alarms_per_1000": 1000 * float(np.mean(sharing >= 0)),
        "found_one_voice": float(np.mean(same >= scale.one_voice_from)),
        "found_both_voices": float(np.mean(same >= scale.both_voices_from)) ** 2,
        "one_person_takes": len(own),
        "one_person_equal_error_rate": equal_error_rate(own, others),
        "one_person_found": float(np.mean(own >= FLAGGED_FROM)),
        "one_person_false_alarm_share": float(np.mean(others >= FLAGGED_FROM)),
    }


def compared(scale: VoiceScale, voices: Sequence[Voice]) -> tuple[Scores, Scores]:
    """Likenesses across takes, of one person and of different people of the same source."""
    embedded = np.array([scale.embedding(voice.features) for voice in voices])
    all_pairs = embedded @ embedded.T
    rows, columns = np.triu_indices(len(voices), k=1)
    speakers = np.array([voice.speaker_id for voice in voices])
    sources = np.array([voice.source for voice in voices])
    takes = np.array([voice.take for voice in voices])
    across = (takes[rows] != takes[columns]) & (sources[rows] == sources[columns])
    is_same = speakers[rows] == speakers[columns]
    found = all_pairs[rows, columns]
    return found[across & is_same], found[across & ~is_same]


def sharing_of_four(scale: VoiceScale, voices: Sequence[Voice]) -> Scores:
    """Of each two takes of one source with four different people: how surely they are said to share a voice."""
    by_take: dict[int, list[Voice]] = defaultdict(list)
    for voice in voices:
        by_take[voice.take].append(voice)
    takes = [found for found in by_take.values() if len(found) == 2]
    return np.array(
        [
            scale.sharing(*([scale.embedding(voice.features) for voice in take] for take in pair))
            for pair in combinations(takes, 2)
            if len({voice.speaker_id for take in pair for voice in take}) == 4
            and pair[0][0].source == pair[1][0].source
        ]
    )


def takes_of_two(voices: Sequence[Voice]) -> list[tuple[Features, Features]]:
    by_take: dict[int, list[Features]] = defaultdict(list)
    for voice in voices:
        by_take[voice.take].append(voice.features)
    return [(found[0], found[1]) for found in by_take.values() if len(found) == 2]


def between(scale: VoiceScale, first: Features, second: Features) -> float:
    return likeness(scale.embedding(first), scale.embedding(second))


def equal_error_rate(
    same: Scores,
    different: Scores,
) -> float:
    """Where as many of one person are missed as others are taken for them."""
    bounds = np.sort(np.concatenate([same, different]))
    missed = np.searchsorted(np.sort(same), bounds) / max(1, len(same))
    mistaken = 1 - np.searchsorted(np.sort(different), bounds) / max(1, len(different))
    place = int(np.argmin(np.abs(missed - mistaken)))
    return float((missed[place] + mistaken[place]) / 2)
