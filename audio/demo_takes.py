"""Builds the demo takes and the browser fixture: `python -m audio.demo_takes --corpus DIR --out DIR`.

`--corpus` is a folder with `speech/` and `rirs/` as 16 kHz FLAC. Nothing here is
random: the same corpus gives the same files.
"""

import argparse
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.files import encode_flac, encode_wav, read_audio
from audio.levels import active_level_dbfs
from audio.resample import resample

RATE_HZ: Final = 16_000
FIXTURE_RATE_HZ: Final = 44_100
LICENCE: Final = "CC BY 4.0"
ATTRIBUTION: Final = (
    "Contains speech from LibriSpeech (c) 2014 Vassil Panayotov, CC BY 4.0 "
    "(https://creativecommons.org/licenses/by/4.0/), cut into shorter clips, scaled and mixed."
)
ROOM_ATTRIBUTION: Final = (
    " Room impulse responses by Adventure Kid (Kristoffer Ekstrand, adventurekid.se), CC BY 4.0, resampled."
)
_ACTIVE_DBFS: Final = -24.0
_PEAK: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One clip of one speaker. `utterance` is LibriSpeech's own number, `clip` which cut of it."""

    sex: str
    utterance: str
    clip: int
    start_s: float = 0.0
    level_db: float = 0.0

    @property
    def path(self) -> Path:
        speaker = f"libri_{self.utterance.split('-')[0]}"
        return Path("speech", "libri", speaker, f"libri_{self.utterance}_{self.clip}.flac")


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """How one take is built. With a `room`, the two voices stand at its two measured positions."""

    name: str
    voices: tuple[Voice, Voice]
    room: str = ""
    example: str = ""
    reason: str = field(default="", repr=False)


TAKES: Final = (
    Take(
        name="woman-and-man",
        voices=(
            Voice(sex="female", utterance="6272-70168-0000", clip=0),
            Voice(sex="male", utterance="460-172357-0000", clip=1, start_s=0.2),
        ),
        room="ak_srooms_001",
        example="good",
        reason="Both voices speak at the same time from start to end and are about equally loud.",
    ),
    Take(
        name="two-women",
        voices=(
            Voice(sex="female", utterance="5652-19215-0000", clip=1),
            Voice(sex="female", utterance="2092-145706-0000", clip=2, start_s=0.1, level_db=-2),
        ),
    ),
    Take(
        name="two-men",
        voices=(
            Voice(sex="male", utterance="481-123719-0000", clip=0, start_s=0.3),
            Voice(sex="male", utterance="4406-16882-0000", clip=2, level_db=1.5),
        ),
    ),
    Take(
        name="woman-and-man-farther-away",
        voices=(
            Voice(sex="female", utterance="4680-16026-0000", clip=2, level_db=-1),
            Voice(sex="male", utterance="5463-39173-0000", clip=1, start_s=0.1),
        ),
        room="ak_srooms_016",
    ),
    Take(
        name="one-voice-too-quiet",
        voices=(
            Voice(sex="female", utterance="87-121553-0000", clip=1),
            Voice(sex="male", utterance="3242-67153-0000", clip=1, start_s=0.2, level_db=-20),
        ),
        example="bad",
        reason="One voice is much too quiet: it is 20 dB below the other. Sit equally close to the microphone.",
    ),
    Take(
        name="one-after-the-other",
        voices=(
            Voice(sex="female", utterance="5339-14133-0000", clip=0),
            Voice(sex="male", utterance="3486-166424-0000", clip=1, start_s=2.7),
        ),
        example="bad",
        reason="The voices come one after the other, so nothing overlaps. Start speaking at the same moment.",
    ),
)
FIXTURE: Final = Take(
    name="overlapped-mixture-44100",
    voices=(
        Voice(sex="female", utterance="2196-170151-0000", clip=2),
        Voice(sex="male", utterance="1334-135589-0000", clip=1, start_s=0.3),
    ),
    room="ak_srooms_001",
)


def build_mixture(take: Take, *, corpus: Path) -> NDArray[np.float32]:
    """The mixture of a take: 16 kHz mono, shape (frames, 1), peak at most 0.7."""
    placed = [
        _placed(voice, _position(take.room, number, corpus), corpus)
        for number, voice in enumerate(take.voices)
    ]
    mixture = np.zeros(max(map(len, placed)))
    for voice in placed:
        mixture[: len(voice)] += voice
    scaled: NDArray[np.float32] = (mixture * min(1.0, _PEAK / np.abs(mixture).max())).astype(np.float32)
    return scaled[:, None]


def write_demo(*, corpus: Path, out: Path) -> None:
    """Write every take as 16-bit FLAC and `demo.jsonl`, one JSON object a line, into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, take in enumerate(TAKES, start=1):
        mixture = build_mixture(take, corpus=corpus)
        data = encode_flac(mixture, sample_rate_hz=RATE_HZ, bits_per_sample=16)
        path = out / f"{number}-{take.name}.flac"
        path.write_bytes(data)
        lines.append(json.dumps(_described(take, path.name, data, len(mixture)), ensure_ascii=False))
    (out / "demo.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_fixture(*, corpus: Path, path: Path) -> None:
    """Write the browser test's microphone input: 44.1 kHz, mono, 16-bit WAV."""
    mixture = resample(build_mixture(FIXTURE, corpus=corpus), from_hz=RATE_HZ, to_hz=FIXTURE_RATE_HZ)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_wav(mixture, sample_rate_hz=FIXTURE_RATE_HZ))


def _placed(voice: Voice, position: NDArray[np.float32], corpus: Path) -> NDArray[np.float64]:
    """One voice at its level, moment and place; levels are set after the room, as a microphone would hear them."""
    dry = read_audio(corpus / voice.path, max_duration_s=30).samples[:, 0]
    heard = np.convolve(dry, position).astype(np.float32)
    gain_db = _ACTIVE_DBFS + voice.level_db - active_level_dbfs(heard, sample_rate_hz=RATE_HZ)
    placed: NDArray[np.float64] = np.pad(heard.astype(np.float64), (round(voice.start_s * RATE_HZ), 0))
    return placed * 10 ** (gain_db / 20)


def _position(room: str, number: int, corpus: Path) -> NDArray[np.float32]:
    if not room:
        return np.ones(1, dtype=np.float32)
    found = sorted(corpus.glob(f"rirs/*/{room}_ch{number}.flac"))
    if not found:
        raise SystemExit(f"The corpus has no room response rirs/*/{room}_ch{number}.flac.")
    return read_audio(found[0], max_duration_s=10).samples[:, 0]


def _described(take: Take, file_name: str, data: bytes, frames: int) -> dict[str, object]:
    return {
        "file": file_name,
        "label": "constructed",
        "speaker_sexes": [voice.sex for voice in take.voices],
        "duration_s": frames / RATE_HZ,
        "sample_rate_hz": RATE_HZ,
        "sha256": hashlib.sha256(data).hexdigest(),
        "construction": _construction(take),
        "utterances": [f"{voice.utterance}#{voice.clip}" for voice in take.voices],
        "example": take.example,
        "reason": take.reason,
        "licence": LICENCE,
        "attribution": ATTRIBUTION + (ROOM_ATTRIBUTION if take.room else ""),
    }


def _construction(take: Take) -> str:
    first, second = take.voices
    place = f"at two positions of the measured room {take.room}" if take.room else "without a room"
    return (
        f"Sum of two LibriSpeech test voices {place}; the second is {second.level_db - first.level_db:+g} dB relative "
        f"to the first and starts {abs(second.start_s - first.start_s):g} s "
        f"{'after' if second.start_s >= first.start_s else 'before'} it."
    )


def main() -> None:
    """Write the demo takes, and with `--fixture FILE` the browser test's WAV."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fixture", type=Path)
    arguments = parser.parse_args()
    write_demo(corpus=arguments.corpus, out=arguments.out)
    if arguments.fixture:
        write_fixture(corpus=arguments.corpus, path=arguments.fixture)


if __name__ == "__main__":
    main()
