"""One joint order of sources per item, whatever the score."""

import pytest
import torch

from modeling import permutation
from modeling.permutation import best_assignment, reorder


def test_the_order_is_joint_not_the_best_per_source() -> None:
    # Estimate 0 is best for both references; only one of them can have it.
    score = torch.tensor([[[10.0, 9.0], [0.0, 8.0]]])
    assignment = best_assignment(score)
    assert assignment.order_br.tolist() == [[0, 1]]
    assert assignment.score_br.tolist() == [[10.0, 8.0]]


@pytest.mark.parametrize("sources", [1, 2, 3, 4])
def test_a_known_shuffle_is_found(sources: int) -> None:
    generator = torch.Generator().manual_seed(sources)
    reference = torch.randn(5, sources, 60, generator=generator)
    shuffle = torch.stack([torch.randperm(sources, generator=generator) for _ in range(5)])
    estimate = reorder(reference, shuffle)
    table = -(estimate.unsqueeze(2) - reference.unsqueeze(1)).square().sum(-1)
    found = best_assignment(table).order_br
    assert torch.equal(reorder(estimate, found), reference)


@pytest.mark.parametrize("sources", [2, 3, 4])
def test_the_hungarian_method_agrees_with_trying_all(sources: int, monkeypatch: pytest.MonkeyPatch) -> None:
    score = torch.randn(20, sources, sources, generator=torch.Generator().manual_seed(1))
    exhaustive = best_assignment(score).score_br.sum(-1)
    monkeypatch.setattr(permutation, "EXHAUSTIVE_UP_TO", 0)
    torch.testing.assert_close(best_assignment(score).score_br.sum(-1), exhaustive)


def test_gradients_reach_only_the_chosen_pairs() -> None:
    score = torch.tensor([[[1.0, 5.0], [4.0, 2.0]]], requires_grad=True)
    best_assignment(score).score_br.sum().backward()
    assert score.grad.tolist() == [[[0.0, 1.0], [1.0, 0.0]]]


@pytest.mark.parametrize("limit", [0, 9])
def test_estimates_too_many_stay_unassigned(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permutation, "EXHAUSTIVE_UP_TO", limit)
    score = torch.tensor([[[1.0, 2.0], [9.0, 8.0], [0.0, 0.0], [3.0, 7.5]]])
    assignment = best_assignment(score)
    assert assignment.order_br.tolist() == [[1, 3]]
    assert assignment.score_br.tolist() == [[9.0, 7.5]]


def test_an_empty_batch_has_no_orders() -> None:
    assert best_assignment(torch.zeros(0, 5, 5)).order_br.shape == (0, 5)


def test_too_few_estimates_are_refused() -> None:
    with pytest.raises(ValueError, match="estimates >= n"):
        best_assignment(torch.zeros(1, 2, 3))
