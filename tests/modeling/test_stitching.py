"""A recording in chunks keeps each speaker in one stem, also where chunks meet in silence."""

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from modeling.chunking import Chunking
from modeling.inference import separate

RATE_HZ = 8000
CHUNKING = Chunking(limit_s=8.0, chunk_s=8.0)


def voice(rng: np.random.Generator, seconds: float, *, pitch_hz: float, formant_hz: float) -> np.ndarray:
    """Syllables of a gliding pitch with one broad resonance: enough of a voice to know it again."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(pitch_hz * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * time_s))) / RATE_HZ
    gains = [1 / (1 + ((k * pitch_hz - formant_hz) / 300) ** 2) for k in range(1, 30)]
    tone = sum(gain * np.sin(k * phase) for k, gain in enumerate(gains, start=1) if k * pitch_hz < 3600)
    syllables = np.clip(np.sin(2 * np.pi * 3 * time_s + rng.uniform(0, 6)), 0, None)
    return 0.1 * tone * syllables + 1e-3 * rng.standard_normal(len(time_s))


KINDS = {"a": (110, 600), "b": (210, 1500), "c": (150, 2600)}


def conversation(turns: list[tuple[str, float]], *, sources: int = 2) -> Tensor:
    """Turns of (who speaks, seconds), such as ("a", 3), ("ab", 2), ("", 9): `(sources, samples)`."""
    rng = np.random.default_rng(0)
    rows = [
        np.concatenate(
            [
                voice(rng, s, pitch_hz=KINDS[name][0], formant_hz=KINDS[name][1])
                if name in who
                else np.zeros(int(s * RATE_HZ))
                for who, s in turns
            ]
        )
        for name in "abc"[:sources]
    ]
    return torch.from_numpy(np.stack(rows).astype(np.float32))


class ScrambledOracle(nn.Module):
    """Gives the true sources with a little leak, in another order for every chunk."""

    def __init__(self, sources_ct: Tensor) -> None:
        super().__init__()
        noise = torch.randn(sources_ct.shape[1], generator=torch.Generator().manual_seed(1))
        self.sources_ct = sources_ct
        self.mix_t = sources_ct.sum(0) + 1e-4 * noise
        self.orders = itertools.cycle(itertools.permutations(range(len(sources_ct))))

    def forward(self, mix_bt: Tensor) -> Tensor:
        start = int((self.mix_t.unfold(0, 16, 1) == mix_bt[0, :16]).all(1).nonzero()[0])
        now_ct = self.sources_ct[:, start : start + mix_bt.shape[-1]]
        now_ct = now_ct + 0.1 * now_ct.flip(0) + 1e-5 * torch.randn_like(now_ct)
        return now_ct[list(next(self.orders))].unsqueeze(0)


def swaps(stems_ct: Tensor, sources_ct: Tensor) -> int:
    """How often the stem of any speaker changes, from one second of that speaker to the next."""
    count = 0
    for source_t in sources_ct:
        seconds = source_t.unfold(0, RATE_HZ, RATE_HZ)
        likeness_ns = torch.stack(
            [(s.unfold(0, RATE_HZ, RATE_HZ) * seconds).sum(1).abs() for s in stems_ct], 1
        )
        stems_n = likeness_ns.argmax(1)[seconds.square().mean(1) > 1e-5]
        count += int((stems_n.diff() != 0).sum())
    return count


TALK = [("a", 4), ("b", 3), ("ab", 3), ("b", 4)]
CONVERSATIONS = {
    "talk without long pauses": 4 * TALK,
    "both silent where chunks meet": 3 * [*TALK, ("", 9)],
    "one speaker in each chunk": [
        ("a", 9),
        ("", 9),
        ("b", 9),
        ("", 9),
        ("b", 9),
        ("", 9),
        ("a", 9),
        ("", 9),
        ("ab", 4),
    ],
    "silence first and last": [("", 10), ("a", 5), ("", 9), ("b", 5), ("", 9), ("ab", 6), ("", 10)],
}


@pytest.mark.parametrize("turns", CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_no_speaker_changes_stems(turns: list[tuple[str, float]]) -> None:
    sources = conversation(turns)
    oracle = ScrambledOracle(sources)
    stems = separate(oracle, oracle.mix_t, sample_rate_hz=RATE_HZ, chunking=CHUNKING)
    assert swaps(stems, sources) == 0


def test_where_voices_tell_nothing_the_overlap_of_chunks_decides() -> None:
    # Both speakers change between two voices every three seconds, in mid-speech.
    sources = conversation([("ab", 42)])
    blocks = list(sources.split(3 * RATE_HZ, dim=1))
    sources = torch.cat([block.flip(0) if index % 2 else block for index, block in enumerate(blocks)], 1)
    oracle = ScrambledOracle(sources)
    stems = separate(oracle, oracle.mix_t, sample_rate_hz=RATE_HZ, chunking=CHUNKING)
    assert swaps(stems, sources) == 0


def test_three_speakers_keep_their_stems() -> None:
    turns = [("abc", 4), ("a", 4), ("c", 4), ("", 9), ("b", 4), ("a", 3), ("", 9), ("c", 4), ("bc", 5)]
    sources = conversation(turns, sources=3)
    oracle = ScrambledOracle(sources)
    stems = separate(oracle, oracle.mix_t, sample_rate_hz=RATE_HZ, chunking=CHUNKING)
    assert swaps(stems, sources) == 0


def test_the_count_shows_a_swap() -> None:
    # What the tests above would see if chunks were joined as they come.
    sources = conversation(4 * TALK)
    oracle, length = ScrambledOracle(sources), 8 * RATE_HZ
    pieces = [oracle(piece.unsqueeze(0))[0] for piece in oracle.mix_t.split(length)]
    assert swaps(torch.cat(pieces, 1), sources) > 5


def test_a_separator_that_changes_its_order_in_a_pause_is_put_right() -> None:
    sources = conversation([("a", 3), ("", 1), ("b", 3), ("ab", 1), ("", 1), ("a", 3), ("", 1), ("b", 3)])
    oracle = ScrambledOracle(sources)
    changed = sources.clone()
    changed[:, int(12.5 * RATE_HZ) :] = sources[:, int(12.5 * RATE_HZ) :].flip(0)
    oracle.sources_ct = changed
    stems = separate(oracle, oracle.mix_t, sample_rate_hz=RATE_HZ, chunking=Chunking(limit_s=15, chunk_s=30))
    assert swaps(changed, sources) > 0 and swaps(stems, sources) == 0
