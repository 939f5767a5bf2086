"""Long recordings: peak memory of two and of thirty minutes, and speakers who change stems; a real separator.

A conversation of two test speakers is built from the corpus (`--corpus` or REALM_CORPUS_DIR), with turns, overlaps
and pauses longer than a chunk's overlap, and separated by `python -m modeling separate` in a process of its own,
whose peak of resident memory is read from the system.

A swap is a change of the stem that holds a speaker which lasts for more than five seconds of speech. Shorter
confusions are the separator's own, within one turn, and are given as `confused_speech_share`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from benchmarks.conversation import Conversation, build_conversation
from benchmarks.report import CannotRun, Figure, Report, Target, progress
from modeling.data.corpus import find_corpus
from modeling.errors import ModelingError
from modeling.waveforms import Samples

RATE_HZ = 8000
TARGETS = {
    "speaker_swaps": Target(at_most=0),
    "memory_growth_mb": Target(at_most=50),
    # A separator that separates nothing swaps nobody either.
    "decisive_seconds": Target(at_least=60),
}
LASTING_S = 5
DECISIVE = 0.3
"""Share of a second's energy by which one assignment must beat the other to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One conversation after separation."""

    peak_mb: float
    swaps: int
    confused_share: float
    decisive_s: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, default=None, metavar="DIR", help="default: REALM_CORPUS_DIR")
    parser.add_argument(
        "--separator", type=Path, default=None, metavar="DIR", help="default: the shipped one"
    )
    parser.add_argument("--minutes", type=float, nargs=2, default=[2.0, 30.0], metavar=("SHORT", "LONG"))
    parser.add_argument("--sexes", choices=("mf", "mm", "ff"), default="mf")
    parser.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace) -> Report:
    try:
        corpus = find_corpus(arguments.corpus)
    except ModelingError as reason:
        raise CannotRun(str(reason)) from reason
    short, long = (_measure(arguments, corpus, minutes) for minutes in arguments.minutes)
    names = [f"{minutes:g}min" for minutes in arguments.minutes]
    figures: dict[str, Figure] = {
        f"peak_mb_{names[0]}": short.peak_mb,
        f"peak_mb_{names[1]}": long.peak_mb,
        "memory_growth_mb": long.peak_mb - short.peak_mb,
        "speaker_swaps": short.swaps + long.swaps,
        "confused_speech_share": long.confused_share,
        "decisive_seconds": long.decisive_s,
        "sexes": arguments.sexes,
    }
    return Report(figures=figures, targets=TARGETS)


def _measure(arguments: argparse.Namespace, corpus: Path, minutes: float) -> Outcome:
    conversation = build_conversation(
        corpus,
        duration_s=60 * minutes,
        sample_rate_hz=RATE_HZ,
        seed=arguments.seed,
        sexes=arguments.sexes,
    )
    with TemporaryDirectory(prefix="long-audio-") as folder:
        mixture = Path(folder) / "conversation.wav"
        soundfile.write(mixture, conversation.sources_ct.sum(axis=0), RATE_HZ, subtype="FLOAT")
        stems, peak_mb = _separate_apart(mixture, arguments.separator)
        outcome = _score(conversation, np.stack([_read(path) for path in stems]), peak_mb)
    progress(f"{minutes:g} min of {conversation.speakers}: {outcome}")
    return outcome


def _separate_apart(mixture: Path, separator: Path | None) -> tuple[list[Path], float]:
    """The stems, and the peak of the child's resident memory in MB."""
    command = [sys.executable, "-m", "modeling", "separate", str(mixture), "--threads", "1"]
    command += ["--out", str(mixture.parent / "stems"), "--device", "cpu"]
    command += ["--bundle", str(separator)] if separator else []
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise CannotRun(f"The separation of {mixture.name} failed: {lines or 'see standard error'}")
    return [Path(path) for path in json.loads(lines.splitlines()[-1])["stems"]], usage.ru_maxrss / 1024


def _score(conversation: Conversation, stems_ct: Samples, peak_mb: float) -> Outcome:
    places = speaker_places(conversation.sources_ct, stems_ct, sample_rate_hz=RATE_HZ)
    lasting = median_filter(places, size=2 * LASTING_S + 1, mode="nearest")
    return Outcome(
        peak_mb=peak_mb,
        swaps=int((np.diff(lasting) != 0).sum()),
        confused_share=float(min((places > 0).mean(), (places < 0).mean())),
        decisive_s=len(places),
    )


def speaker_places(sources_ct: Samples, stems_ct: Samples, *, sample_rate_hz: int) -> NDArray[np.int64]:
    """For each second of speech that tells: 1 where the first speaker is in the first stem, -1 in the second."""
    seconds = min(sources_ct.shape[1], stems_ct.shape[1]) // sample_rate_hz
    sources, stems = (
        signal[:, : seconds * sample_rate_hz].reshape(2, seconds, sample_rate_hz).astype(np.float64)
        for signal in (sources_ct, stems_ct)
    )
    likeness = np.einsum("cnt,dnt->ncd", sources, stems)
    energy = np.square(sources).sum(axis=(0, 2))
    lead = likeness[:, 0, 0] + likeness[:, 1, 1] - likeness[:, 0, 1] - likeness[:, 1, 0]
    is_speech = energy > 1e-3 * np.percentile(energy, 95)
    tells = is_speech & (np.abs(lead) > DECISIVE * energy)
    places: NDArray[np.int64] = np.sign(lead[tells]).astype(np.int64)
    return places


def _read(path: Path) -> Samples:
    samples: Samples = soundfile.read(path, dtype="float32")[0]
    return samples
