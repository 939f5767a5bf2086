"""Signals are cut into chunks and put together again without loss, and norms see only what an item has."""

import pytest
import torch
from torch.nn import functional

from modeling.catalog import parse_config
from modeling.errors import InputRefused
from modeling.models.dual_path import GlobalNorm, Segmentation, overlap_add

HALF = Segmentation(chunk_frames=10, hop_frames=5, padding="half")
WHOLE = Segmentation(chunk_frames=10, hop_frames=5, padding="whole")
LOOSE = Segmentation(chunk_frames=7, hop_frames=3, padding="whole")


@pytest.mark.parametrize("segmentation", [HALF, WHOLE])
@pytest.mark.parametrize("frames", [1, 4, 5, 6, 9, 10, 11, 15, 100])
def test_chunks_join_to_twice_what_was_split(segmentation: Segmentation, frames: int) -> None:
    hidden = torch.randn(2, frames, 3)
    chunks = segmentation.split(hidden)
    assert chunks.shape == (2, segmentation.num_chunks(frames), 10, 3)
    torch.testing.assert_close(segmentation.join(chunks, frames), 2 * hidden)


@pytest.mark.parametrize(
    ("frames", "chunks"), [(1, 2), (4, 2), (5, 4), (9, 4), (10, 4), (14, 4), (15, 6), (20, 6)]
)
def test_half_padding_makes_the_published_number_of_chunks(frames: int, chunks: int) -> None:
    # SpeechBrain: 2 (frames + gap + 5) / 10 with gap = 10 - (5 + frames % 10) % 10, a whole chunk at remainder 5.
    gap = 10 - (5 + frames % 10) % 10
    assert HALF.num_chunks(frames) == 2 * (frames + gap + 5) // 10 == chunks


@pytest.mark.parametrize("frames", [1, 3, 7, 8, 50])
def test_whole_padding_is_that_of_unfold(frames: int) -> None:
    hidden = torch.randn(2, frames, 3)
    unfolded = functional.unfold(hidden.transpose(1, 2)[..., None], (7, 1), padding=(7, 0), stride=(3, 1))
    expected = unfolded.unflatten(1, (3, 7)).permute(0, 3, 2, 1)
    assert torch.equal(LOOSE.split(hidden), expected)


def test_the_number_of_chunks_can_be_asked_for_many_items_at_once() -> None:
    frames_b = torch.arange(1, 60)
    for segmentation in (HALF, WHOLE, LOOSE):
        assert segmentation.num_chunks(frames_b).tolist() == [
            segmentation.num_chunks(n) for n in range(1, 60)
        ]


def test_overlap_add_is_a_transposed_convolution_with_identity() -> None:
    pieces = torch.randn(2, 6, 7, 4)
    folded = functional.fold(pieces.permute(0, 3, 2, 1).flatten(1, 2), (5 * 3 + 7, 1), (7, 1), stride=(3, 1))
    torch.testing.assert_close(overlap_add(pieces, 3)[:, : 5 * 3 + 7], folded[..., 0].transpose(1, 2))


def test_a_global_norm_is_a_group_norm_with_one_group() -> None:
    norm = GlobalNorm(4)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    hidden = 3 + torch.randn(2, 5, 6, 4)
    expected = functional.group_norm(hidden.movedim(-1, 1), 1, norm.weight, norm.bias, 1e-8).movedim(1, -1)
    torch.testing.assert_close(norm(hidden), expected)


def test_a_masked_norm_sees_only_what_counts() -> None:
    norm = GlobalNorm(4)
    torch.nn.init.normal_(norm.bias)
    hidden = 3 + torch.randn(1, 5, 6, 4)
    hidden[:, 3:] = 1e3
    normed = norm(hidden, torch.tensor([[True, True, True, False, False]]).unsqueeze(-1))
    torch.testing.assert_close(normed[:, :3], norm(hidden[:, :3]))
    assert (normed[:, 3:] == 0).all()


@pytest.mark.parametrize(
    ("model", "values", "sentence"),
    [
        ("sepformer", {"chunk_frames": 25}, "even chunk_frames"),
        ("dprnn", {"chunk_frames": 100}, "chunk_frames is 100 and hop_frames 125"),
        ("dprnn", {"chunk_frames": 100, "hop_frames": 40}, "overlap by half"),
        ("dptnet", {"hop_frames": 101}, "would leave gaps"),
        ("sepformer", {"num_heads": 7}, "256 features cannot be divided among 7 heads"),
    ],
)
def test_settings_that_do_not_fit_each_other_are_refused(model: str, values: dict, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        parse_config(model, values)
