"""The deep clustering loss against the affinity matrices that it never forms."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from modeling.losses import deep_clustering_loss


def bins(batch: int = 2, count: int = 30, dimension: int = 5, sources: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    embedding = functional.normalize(torch.randn(batch, count, dimension, generator=generator), dim=-1)
    labels = torch.randint(sources, (batch, count), generator=generator)
    return embedding, functional.one_hot(labels, sources).float()


def test_the_low_rank_form_is_the_affinity_form() -> None:
    embedding, target = bins()
    weight = torch.rand(2, 30, generator=torch.Generator().manual_seed(1))
    difference = embedding @ embedding.transpose(1, 2) - target @ target.transpose(1, 2)
    pairs = weight.unsqueeze(1) * weight.unsqueeze(2)
    naive = (pairs * difference.square()).sum(dim=(1, 2)) / weight.sum(dim=1).square()
    loss = deep_clustering_loss(embedding_bmd=embedding, target_bmc=target, weight_bm=weight)
    torch.testing.assert_close(loss, naive.mean())


def test_one_direction_per_source_costs_nothing() -> None:
    _, target = bins()
    turned = torch.linalg.qr(torch.randn(2, 2, generator=torch.Generator().manual_seed(3)))[0]
    assert deep_clustering_loss(embedding_bmd=target @ turned, target_bmc=target).item() < 1e-6


def test_one_direction_for_everything_costs_the_share_of_unlike_pairs() -> None:
    _, target = bins(batch=1)
    embedding = torch.zeros(1, 30, 5)
    embedding[..., 0] = 1.0
    unlike = (target @ target.transpose(1, 2) == 0).float().mean()
    torch.testing.assert_close(deep_clustering_loss(embedding_bmd=embedding, target_bmc=target), unlike)


def test_the_gradient_is_the_published_one() -> None:
    embedding, target = bins(batch=1)
    embedding.requires_grad_()
    deep_clustering_loss(embedding_bmd=embedding, target_bmc=target).backward()
    v, y = embedding.detach()[0], target[0]
    torch.testing.assert_close(embedding.grad[0], 4 * (v @ (v.T @ v) - y @ (y.T @ v)) / 30**2)


def test_bins_of_no_weight_have_no_influence_whatever_they_hold() -> None:
    embedding, target = bins()
    weight = torch.ones(2, 30)
    weight[:, 20:] = 0.0
    spoilt = embedding.clone()
    spoilt[:, 20:] = float("nan")
    kept = deep_clustering_loss(embedding_bmd=embedding[:, :20], target_bmc=target[:, :20])
    spoilt.requires_grad_()
    loss = deep_clustering_loss(embedding_bmd=spoilt, target_bmc=target, weight_bm=weight)
    loss.backward()
    torch.testing.assert_close(loss, kept)
    assert torch.isfinite(spoilt.grad).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_an_item_of_no_weight_is_defined(dtype: torch.dtype) -> None:
    embedding, target = bins()
    embedding = embedding.to(dtype).requires_grad_()
    loss = deep_clustering_loss(embedding_bmd=embedding, target_bmc=target, weight_bm=torch.zeros(2, 30))
    loss.backward()
    assert loss.item() == 0.0 and embedding.grad.abs().sum() == 0


def test_many_bins_do_not_overflow() -> None:
    embedding, target = bins(batch=1, count=100_000)
    assert 0.0 < deep_clustering_loss(embedding_bmd=embedding, target_bmc=target).item() < 4.0
