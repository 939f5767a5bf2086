"""TF-GridNet: the published size and formula, and what every separator owes: unequal lengths, silence, gradients."""

import pytest
import torch
from torch.nn import functional

from modeling.building import build_model
from modeling.errors import InputRefused
from modeling.models.configs import TfGridNetConfig
from modeling.models.tf_gridnet import GridBlock
from modeling.runs import RUNS

TINY = {
    "fft_samples": 32,
    "hop_samples": 16,
    "num_blocks": 2,
    "embedding_size": 8,
    "hidden_size": 6,
    "num_heads": 2,
    "attention_width": 32,
}
LENGTHS = [700, 1, 333, 48]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def tiny(**settings: int) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_model(TfGridNetConfig(**{**TINY, **settings})).eval()


def test_the_default_has_the_published_size() -> None:
    # Counted by hand from the paper: D 64, H 256, I 4, J 1, B 6, L 4, 65 bins, 8 numbers of a query in each bin.
    sweeps = 2 * (2 * 4 * 256 * (4 * 64 + 256 + 2) + (512 * 4 * 64 + 64) + 2 * 64)
    query, value = 64 * 8 + 8 + 1 + 2 * 8 * 65, 64 * 16 + 16 + 1 + 2 * 16 * 65
    attention = 4 * (2 * query + value) + 64 * 64 + 64 + 1 + 2 * 64 * 65
    ends = (2 * 64 * 9 + 64) + 2 * 64 + (64 * 4 * 9 + 4)
    parameters = build_model(TfGridNetConfig()).parameters()
    assert sum(weight.numel() for weight in parameters) == 6 * (sweeps + attention) + ends == 14_435_602


def test_the_small_run_fits_a_cpu() -> None:
    run = RUNS["tf_gridnet_small"]()
    assert sum(weight.numel() for weight in build_model(run.model).parameters()) < 1_500_000


@pytest.mark.parametrize("samples", [1, 2, 16, 17, 500])
@pytest.mark.parametrize("sources", [1, 2, 3])
def test_it_keeps_batch_and_length(samples: int, sources: int) -> None:
    stems = tiny(num_sources=sources)(noise(2, samples))
    assert stems.shape == (2, sources, samples)
    assert torch.isfinite(stems).all()


@pytest.mark.parametrize("stacking", [(4, 1), (4, 4), (3, 2), (1, 1)])
def test_a_padded_batch_separates_as_each_item_does_alone(stacking: tuple[int, int]) -> None:
    separator, mix = tiny(stacked_steps=stacking[0], stacking_hop=stacking[1]), noise(4, 700)
    together = separator(mix, torch.tensor(LENGTHS))
    for row, length in enumerate(LENGTHS):
        alone = separator(mix[row : row + 1, :length])[0]
        assert (together[row, :, :length] - alone).abs().max() < 1e-5 * alone.abs().max()
        assert (together[row, :, length:] == 0).all()


def test_one_sample_of_sound_is_as_exact_as_a_long_item() -> None:
    separator, mix = build_model(TfGridNetConfig(num_blocks=1)).eval(), 0.05 * noise(1, 1)
    with torch.inference_mode():
        single, double = separator(mix), separator.double()(mix.double())
    assert (single - double).abs().max() < 5e-6 * double.abs().max()


def test_silence_separates_into_silence_also_beside_speech() -> None:
    mix = torch.stack([torch.zeros(300), noise(300)])
    stems = tiny()(mix, torch.tensor([300, 200]))
    assert (stems[0] == 0).all() and stems[1].abs().max() > 0


def test_stems_follow_the_level_of_the_mixture() -> None:
    separator, mix = tiny(), noise(1, 400)
    torch.testing.assert_close(separator(0.01 * mix), 0.01 * separator(mix), rtol=1e-4, atol=1e-7)


def test_every_weight_learns_from_a_padded_batch() -> None:
    separator = tiny().train()
    separator(noise(2, 300), torch.tensor([300, 130])).square().sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in separator.parameters())
    silent = [name for name, weight in separator.named_parameters() if weight.grad.abs().sum() == 0]
    assert not silent


def swept(sweep: torch.nn.Module, rows_rds: torch.Tensor) -> torch.Tensor:
    """Norm, unfold, BLSTM, deconvolution as the paper draws them (figure 2), on `(rows, features, steps)`."""
    normed = functional.layer_norm(
        rows_rds.transpose(1, 2), sweep.norm.weight.shape, sweep.norm.weight, sweep.norm.bias
    )
    columns = functional.unfold(normed.transpose(1, 2)[..., None], (sweep.kernel, 1))
    hidden = sweep.recurrence(columns.transpose(1, 2))[0].transpose(1, 2)
    return functional.conv_transpose1d(hidden, sweep.spread.weight, sweep.spread.bias)


def projected(head: torch.nn.Module, hidden_bdnf: torch.Tensor, index: int) -> torch.Tensor:
    """Pointwise convolution, PReLU, norm over features and bins for one head: `(b, w, n, f)`."""
    rows = slice(index * head.width, (index + 1) * head.width)
    kernel = head.projection.weight[rows, :, None, None]
    out = functional.conv2d(hidden_bdnf, kernel, head.projection.bias[rows])
    out = functional.prelu(out, head.slope[index : index + 1])
    mean, variance = out.mean((1, 3), keepdim=True), out.var((1, 3), correction=0, keepdim=True)
    shape = (1, 1, out.shape[3], head.width)
    weight, bias = (part[index].view(shape).permute(0, 3, 1, 2) for part in (head.weight, head.bias))
    return (out - mean) / (variance + 1e-5).sqrt() * weight + bias


def attended(attention: torch.nn.Module, hidden_bdnf: torch.Tensor) -> torch.Tensor:
    read = []
    for index in range(attention.query.heads):
        query, key, value = (
            projected(part, hidden_bdnf, index) for part in (attention.query, attention.key, attention.value)
        )
        scores = torch.einsum("bwnf,bwmf->bnm", query, key) / (query.shape[1] * query.shape[3]) ** 0.5
        read.append(torch.einsum("bnm,bwmf->bwnf", scores.softmax(-1), value))
    return projected(attention.merge, torch.cat(read, dim=1), 0)


def test_a_block_is_the_published_formula() -> None:
    torch.manual_seed(1)
    block = GridBlock(TfGridNetConfig(**TINY))
    for weight in block.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    hidden = noise(2, 8, 11, 17)  # (batch, features, frames, bins)
    batch, features, frames, bins = hidden.shape
    rows = hidden.transpose(1, 2).reshape(-1, features, bins)
    expected = hidden + swept(block.over_bins, rows).view(batch, frames, features, bins).transpose(1, 2)
    rows = expected.permute(0, 3, 1, 2).reshape(-1, features, frames)
    expected = expected + swept(block.over_frames, rows).view(batch, bins, features, frames).permute(
        0, 2, 3, 1
    )
    expected = expected + attended(block.attention, expected)
    actual = block(hidden.permute(0, 2, 3, 1), None).permute(0, 3, 1, 2)
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"num_heads": 3}, "'embedding_size' must be a multiple of 'num_heads' \\(3\\), not 8"),
        ({"stacking_hop": 5}, "'stacking_hop' must be at most 'stacked_steps' \\(4\\), not 5"),
        ({"hop_samples": 20}, "'hop_samples' at most half of it, not 32 and 20"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, int], sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        TfGridNetConfig(**{**TINY, **changes})
