"""Signals of any length: chunks, order of speakers, levels, memory."""

import pytest
import torch
from torch import Tensor, nn

from modeling.chunking import Chunking
from modeling.errors import ResourceShortage
from modeling.inference import bucket_by_length, make_consistent, match_levels, separate, separate_batch

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


def test_a_speaker_who_falls_silent_does_not_come_back_at_another_level() -> None:
    # The second voice speaks only in the middle; elsewhere its stem holds a leak of the first, as real ones do.
    low, high = two_tones(seconds=60)
    high = high * (torch.arange(6000) // 1000 == 2)

    class Leaky(nn.Module):
        def forward(self, mix_bt: Tensor) -> Tensor:
            start = int((mix.unfold(0, 8, 1) == mix_bt[0, :8]).all(1).nonzero()[0])
            now = slice(start, start + mix_bt.shape[-1])
            return torch.stack([low[now] * 3, high[now] * 5 + low[now] * 0.05]).unsqueeze(0)

    mix = low + high + 1e-3 * torch.randn(6000, generator=torch.Generator().manual_seed(0))
    stems = separate(Leaky(), mix, sample_rate_hz=RATE_HZ, chunking=Chunking(limit_s=8.0, chunk_s=8.0))
    leak = stems.square().mean(1).argmin()
    levels = stems[leak].view(6, 1000).square().mean(1).sqrt()
    assert levels[2] == pytest.approx(0.707, rel=0.05)
    # A twentieth of 3/5: the gain of the loud passage holds in the quiet ones too.
    assert levels[[0, 4, 5]].max() < 0.02


def test_consistent_stems_add_up_to_the_mixture() -> None:
    mix, stems = torch.randn(500), torch.randn(3, 500)
    consistent = make_consistent(mix, stems)
    torch.testing.assert_close(consistent.sum(0), mix)
    torch.testing.assert_close(consistent - stems, ((mix - stems.sum(0)) / 3).expand(3, -1))


class OwnLengthOnly(nn.Module):
    """Refuses padding that is not announced and remembers the batches it saw."""

    def __init__(self, most_samples: int = 1_000_000) -> None:
        super().__init__()
        self.most_samples, self.batches = most_samples, list[int]()

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        if mix_bt.numel() > self.most_samples:
            raise torch.OutOfMemoryError("out of memory")
        self.batches.append(len(mix_bt))
        lengths = [mix_bt.shape[1]] * len(mix_bt) if lengths_b is None else lengths_b.tolist()
        assert all((row[length:] == 0).all() for row, length in zip(mix_bt, lengths, strict=True))
        return torch.stack([mix_bt * 0.7, mix_bt * 0.3], dim=1)


def mixtures_of(*lengths: int) -> list[Tensor]:
    return [torch.randn(length, generator=torch.Generator().manual_seed(length)) for length in lengths]


def test_a_batch_of_unequal_lengths_comes_back_in_order_at_its_lengths() -> None:
    mixtures, model = mixtures_of(300, 1, 900, 310, 5000), OwnLengthOnly()
    stems = separate_batch(model, mixtures, sample_rate_hz=RATE_HZ, budget_s=10.0)
    assert [item.shape for item in stems] == [(2, len(mix)) for mix in mixtures]
    for item, mix in zip(stems, mixtures, strict=True):
        torch.testing.assert_close(item.sum(0), mix, rtol=0, atol=5e-3 * mix.abs().max().item())
    # 900 alone (with 310 beside it, twice 900 would be beyond the budget of 1000), then the three short ones;
    # 5000 is beyond the limit and goes in chunks.
    assert model.batches[-2:] == [1, 3] and set(model.batches[:-2]) == {1}


def test_buckets_hold_the_budget_and_long_ones_are_alone() -> None:
    buckets = list(bucket_by_length([10, 50, 49, 10, 200, 10], budget=100, alone_above=60))
    assert buckets == [[4], [1, 2], [0, 3, 5]]


def test_out_of_memory_halves_the_batch_and_then_the_chunk() -> None:
    mixtures, model = mixtures_of(800, 800, 700, 2500), OwnLengthOnly(most_samples=850)
    stems = separate_batch(model, mixtures, sample_rate_hz=RATE_HZ)
    assert [item.shape[1] for item in stems] == [800, 800, 700, 2500]
    assert set(model.batches) == {1}


def test_another_failure_than_memory_is_not_retried() -> None:
    class Broken(nn.Module):
        def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
            raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="do not fit"):
        separate_batch(Broken(), mixtures_of(10, 10), sample_rate_hz=RATE_HZ)
