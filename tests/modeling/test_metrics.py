"""SI-SNR improvement is measured against the mixture, under the best order."""

import pytest
import torch

from modeling.metrics import score_separation


@pytest.fixture
def sources() -> torch.Tensor:
    return torch.randn(1, 2, 4000, generator=torch.Generator().manual_seed(3))


def test_the_mixture_itself_is_no_improvement(sources: torch.Tensor) -> None:
    mixture = sources.sum(dim=1)
    scores = score_separation(
        estimate=mixture.unsqueeze(1).expand(-1, 2, -1), reference=sources, mixture=mixture
    )
    assert scores.si_snr_improvement_db_br.abs().max() < 1e-4


def test_swapped_stems_score_the_same_and_the_order_says_so(sources: torch.Tensor) -> None:
    mixture = sources.sum(dim=1)
    stems = sources + 0.1 * sources.flip(1)
    straight = score_separation(estimate=stems, reference=sources, mixture=mixture)
    swapped = score_separation(estimate=stems.flip(1), reference=sources, mixture=mixture)
    torch.testing.assert_close(straight.si_snr_db_br, swapped.si_snr_db_br)
    assert swapped.order_br.tolist() == [[1, 0]]


def test_a_tenth_of_the_other_voice_improves_equal_voices_by_twenty_db(sources: torch.Tensor) -> None:
    mixture = sources.sum(dim=1)
    scores = score_separation(estimate=sources + 0.1 * sources.flip(1), reference=sources, mixture=mixture)
    assert scores.si_snr_improvement_db_br.mean().item() == pytest.approx(20.0, abs=0.5)
