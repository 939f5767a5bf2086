"""Whatever the bytes, the reader answers with facts that fit them or with a refusal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.errors import AudioRefused
from audio.wav import WavFile, WavLimits, decode_wav, parse_wav
from tests.audio import riff

LIMITS = WavLimits()
SEEDS = [
    riff.take(duration_s=0.02),
    riff.take(duration_s=0.02, channels=2, sample_rate_hz=44_100),
    riff.riff(
        riff.extensible_chunk(subtype=b"\1\0" + riff.SUBTYPE_TAIL), riff.chunk(b"data", b"\1\2\3" * 99)
    ),
    riff.riff(
        riff.format_chunk(tag=riff.FLOAT, bits=32),
        riff.chunk(b"LIST", b"x"),
        riff.chunk(b"data", b"\0" * 400),
    ),
]
EDGES = [0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0xFFFE, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1]


def answer(data: bytes) -> WavFile | None:
    try:
        facts = parse_wav(data, limits=LIMITS)
        samples = decode_wav(data, facts)
    except AudioRefused:
        return None
    assert samples.shape == (facts.frames, facts.channels)
    assert np.isfinite(samples).all()
    assert facts.data_offset + facts.data_bytes <= len(data)
    return facts


def mutant(rng: np.random.Generator) -> bytes:
    data = bytearray(SEEDS[rng.integers(len(SEEDS))])
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(min(len(data), 80)))
        match rng.integers(4):
            case 0:
                data[place] = int(rng.integers(256))
            case 1:
                size = int(rng.choice([2, 4]))
                data[place : place + size] = (EDGES[rng.integers(len(EDGES))] % 256**size).to_bytes(
                    size, "little"
                )
            case 2:
                del data[place : place + int(rng.integers(1, 20))]
            case _:
                data[place:place] = data[int(rng.integers(60)) :][: int(rng.integers(1, 40))]
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_only_refusals_escape_from_2500_mutants_of_honest_files(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = [answer(mutant(rng)) for _ in range(2_500)]
    accepted = sum(facts is not None for facts in answers)
    assert 0 < accepted < 1_250  # the mutants reach both sides


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
def test_only_refusals_escape_from_arbitrary_bytes(junk: bytes) -> None:
    assert answer(junk) is None


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([b"fmt ", b"data", b"LIST"]), st.binary(max_size=60)), max_size=5))
def test_only_refusals_escape_from_arbitrary_chunks(pieces: list[tuple[bytes, bytes]]) -> None:
    answer(riff.riff(*[riff.chunk(name, body) for name, body in pieces]))
