"""Labels belong to their stems, and blends move stems where they should."""

import pytest
import torch
from torch import Tensor, nn

from modeling.data.mixing import MixtureBatch
from modeling.losses import si_snr_db
from modeling.training.estimation import label_stems
from modeling.training.pool import SeparatorPool


class Leaky(nn.Module):
    """Knows the sources; leaks a tenth of each into the other, and swaps their order."""

    def __init__(self, sources_bct: Tensor) -> None:
        super().__init__()
        self.sources_bct = sources_bct

    def forward(self, mix_bt: Tensor) -> Tensor:
        return (self.sources_bct + 0.1 * self.sources_bct.flip(1)).flip(1)


@pytest.fixture
def batch() -> MixtureBatch:
    sources = torch.randn(8, 2, 2000, generator=torch.Generator().manual_seed(0))
    return MixtureBatch.without_room(mix_bt=sources.sum(dim=1), sources_bct=sources)


def test_a_label_is_the_true_figure_of_its_own_stem(batch: MixtureBatch) -> None:
    stems = torch.stack([batch.sources_bct[:, 1], batch.mix_bt], dim=1)
    labels = label_stems(batch, stems).si_snr_db_bc
    torch.testing.assert_close(
        labels[:, 0], si_snr_db(estimate=stems[:, 0], reference=batch.sources_bct[:, 1])
    )
    torch.testing.assert_close(
        labels[:, 1], si_snr_db(estimate=stems[:, 1], reference=batch.sources_bct[:, 0])
    )


def test_unblended_stems_are_the_separators_in_the_order_of_the_sources(batch: MixtureBatch) -> None:
    stems = SeparatorPool([Leaky(batch.sources_bct)], blend_share=0.0, seed=0).make_stems(batch)
    figures = si_snr_db(estimate=stems, reference=batch.sources_bct)
    torch.testing.assert_close(figures, torch.full((8, 2), 20.0), rtol=0, atol=1.0)


def test_blends_reach_worse_and_better_than_the_separator(batch: MixtureBatch) -> None:
    pool = SeparatorPool([Leaky(batch.sources_bct)], blend_share=1.0, seed=0)
    figures = torch.cat(
        [si_snr_db(estimate=pool.make_stems(batch), reference=batch.sources_bct) for _ in range(5)]
    )
    assert figures.min() < 10.0 and figures.max() > 25.0


def test_a_saved_pool_draws_the_same_stems_again(batch: MixtureBatch) -> None:
    pool = SeparatorPool([Leaky(batch.sources_bct)], blend_share=0.5, seed=0)
    position = pool.state_dict()
    expected = pool.make_stems(batch)
    pool.load_state_dict(position)
    assert torch.equal(pool.make_stems(batch), expected)
