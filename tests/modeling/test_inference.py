"""Signals of any length: chunks, order of speakers, levels, memory."""

import pytest
import torch
from torch import Tensor, nn

from modeling.chunking import Chunking
from modeling.errors import ResourceShortage
from modeling.inference import match_levels, separate

RATE_HZ = 100


class SplitByFrequency(nn.Module):
    """A separator that is right but gives its outputs in an order that depends on the chunk."""

    def forward(self, mix_bt: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(mix_bt)
        low = spectrum.clone()
        low[:, spectrum.shape[1] // 2 :] = 0
        stems = torch.stack(
            [torch.fft.irfft(part, n=mix_bt.shape[-1]) for part in (low, spectrum - low)], dim=1
        )
        return stems.flip(1) if mix_bt[0, 0] > 0 else stems


class OutOfMemoryAbove(nn.Module):
    def __init__(self, samples: int) -> None:
        super().__init__()
        self.samples = samples

    def forward(self, mix_bt: Tensor) -> Tensor:
        if mix_bt.shape[-1] > self.samples:
            raise torch.OutOfMemoryError("out of memory")
        return torch.stack([mix_bt, mix_bt], dim=1)


def two_tones(seconds: int) -> tuple[Tensor, Tensor]:
    time_s = torch.arange(seconds * RATE_HZ) / RATE_HZ
    return torch.sin(2 * torch.pi * 4.3 * time_s), torch.sin(2 * torch.pi * 40.7 * time_s)


def test_chunks_keep_each_speaker_in_one_stem() -> None:
    low, high = two_tones(seconds=60)
    stems = separate(
        SplitByFrequency(), low + high, sample_rate_hz=RATE_HZ, chunking=Chunking(limit_s=8.0, chunk_s=8.0)
    )
    stems = stems if (stems[0] @ low).abs() > (stems[0] @ high).abs() else stems.flip(0)
    for stem, tone in zip(stems, (low, high), strict=True):
        assert torch.nn.functional.cosine_similarity(stem, tone, dim=0) > 0.99


@pytest.mark.parametrize("samples", [1, 799, 800, 801, 1000, 1399, 1400, 1401, 2600])
def test_every_length_comes_back_whole(samples: int) -> None:
    mix = torch.randn(samples, generator=torch.Generator().manual_seed(0))
    chunking = Chunking(limit_s=8.0, chunk_s=8.0)
    stems = separate(OutOfMemoryAbove(10_000), mix, sample_rate_hz=RATE_HZ, chunking=chunking)
    assert stems.shape == (2, samples)
    # Two equal halves that add up to the mixture, everywhere: no gap and no doubling where chunks meet.
    torch.testing.assert_close(stems.sum(0), mix, rtol=0, atol=2e-3 * mix.abs().max().item())


def test_out_of_memory_halves_the_chunk_and_tries_again() -> None:
    mix = torch.ones(2000)
    stems = separate(OutOfMemoryAbove(450), mix, sample_rate_hz=RATE_HZ)
    assert stems.shape == (2, 2000)


def test_memory_that_never_suffices_is_a_shortage_to_retry_later() -> None:
    with pytest.raises(ResourceShortage, match="Memory ran out"):
        separate(OutOfMemoryAbove(10), torch.ones(500), sample_rate_hz=RATE_HZ)


def test_levels_are_those_in_the_mixture_whatever_the_model_scales() -> None:
    low, high = two_tones(seconds=5)
    stems = match_levels(0.5 * low + 0.1 * high, torch.stack([-7.0 * low, 0.01 * high]))
    torch.testing.assert_close(stems[0], 0.5 * low, rtol=0, atol=0.01)


def test_levels_of_silence_stay_silent() -> None:
    assert torch.equal(match_levels(torch.zeros(50), torch.zeros(2, 50)), torch.zeros(2, 50))
