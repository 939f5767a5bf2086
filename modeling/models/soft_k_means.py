"""Soft k-means of unit vectors, the same for an item alone and in a batch, and the same every time.

Shape suffixes: b batch, m points, d dimensions, c clusters, s sample of the points, j candidates for a start.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

HARDNESS = 2.0
"""How sharply points belong to the nearest centre: weight exp(-HARDNESS * squared distance over their spread).

Below 0.5 all centres are drawn into one point (Rose, 1998, on the first critical temperature).
"""

SMALLEST_SPREAD = 1e-3
"""Points closer together than this are one: rounding of single precision would decide where they belong."""

ITERATIONS = 25
SAMPLE_POINTS = 8192
START_CANDIDATES = 32

_SCATTER = 2_654_435_761
"""Golden ratio times 2**32: multiples of it, modulo 2**32, scatter successive numbers evenly (Knuth, vol. 3)."""


class Clusters(NamedTuple):
    """Centres, and the scale on which points belong to them: the variance along the last direction they span."""

    centres_bcd: Tensor
    spread_b: Tensor


def find_clusters(points_bmd: Tensor, weight_bm: Tensor, *, num_clusters: int) -> Clusters:
    """Clusters `(batch, clusters, dimensions)` of the weighted points; points of no weight have no influence.

    Soft weights (Isik et al., 2016) instead of hard ones let the centres follow the points continuously, so that
    rounding in the last digit cannot tip a point over. They are as soft as the points are spread: embeddings of a
    network that is not sure yet lie close together, and with a fixed softness all centres would meet in their
    mean. The start is greedy: each further centre is the candidate
    that leaves the smallest distances; candidates are points evenly scattered over the item, so there is no chance
    in it. At most `SAMPLE_POINTS` points, scattered likewise, stand for all.
    """
    points_bsd, weight_bs = _scattered_sample(points_bmd, weight_bm)
    centres_bcd = _start(points_bsd, weight_bs, num_clusters)
    spread_b = _spread(points_bsd, weight_bs, num_clusters)
    for _ in range(ITERATIONS):
        pull_bsc = memberships(points_bsd, Clusters(centres_bcd, spread_b)) * weight_bs.unsqueeze(-1)
        total_bc1 = pull_bsc.sum(dim=1).unsqueeze(-1)
        means_bcd = pull_bsc.transpose(1, 2) @ points_bsd / total_bc1.clamp_min(1e-6)
        centres_bcd = torch.where(total_bc1 > 1e-6, means_bcd, centres_bcd)
    return Clusters(centres_bcd, spread_b)


def memberships(points_bmd: Tensor, clusters: Clusters) -> Tensor:
    """How much each point belongs to each cluster, `(batch, points, clusters)`; sums to one over the clusters."""
    # About the mean of the centres, where differences of points that lie close together keep their digits.
    origin_b1d = clusters.centres_bcd.mean(dim=1, keepdim=True)
    scale_b11 = (HARDNESS / clusters.spread_b).sqrt().view(-1, 1, 1)
    distances_bmc = _squared_distances(
        (points_bmd - origin_b1d) * scale_b11, (clusters.centres_bcd - origin_b1d) * scale_b11
    )
    return torch.softmax(-distances_bmc, dim=-1)


def _spread(points_bsd: Tensor, weight_bs: Tensor, num_clusters: int) -> Tensor:
    """Variance along the last of the directions that so many clusters span."""
    share_bs1 = (weight_bs / weight_bs.sum(dim=1, keepdim=True).clamp_min(1e-6)).unsqueeze(-1)
    centred_bsd = points_bsd - (share_bs1 * points_bsd).sum(dim=1, keepdim=True)
    variances_bd = torch.linalg.eigvalsh(((share_bs1 * centred_bsd).transpose(1, 2) @ centred_bsd).double())
    directions = min(max(1, num_clusters - 1), variances_bd.shape[-1])
    spread_b: Tensor = variances_bd[:, -directions].clamp_min(SMALLEST_SPREAD).to(points_bsd.dtype)
    return spread_b


def _scattered_sample(points_bmd: Tensor, weight_bm: Tensor) -> tuple[Tensor, Tensor]:
    """Points of weight first, in an order that depends on their place in the item alone."""
    place_m = torch.arange(points_bmd.shape[1], device=points_bmd.device)
    key_m = (place_m * _SCATTER) % 2**32
    key_bm = torch.where(weight_bm > 0, key_m, key_m + 2**32)
    size = min(SAMPLE_POINTS, points_bmd.shape[1])
    chosen_bs = key_bm.topk(size, dim=1, largest=False, sorted=True).indices
    points_bsd = points_bmd.gather(1, chosen_bs.unsqueeze(-1).expand(-1, -1, points_bmd.shape[-1]))
    return points_bsd, weight_bm.gather(1, chosen_bs)


def _start(points_bsd: Tensor, weight_bs: Tensor, num_clusters: int) -> Tensor:
    candidates_bjd = points_bsd[:, :START_CANDIDATES]
    distance_bsj = _squared_distances(points_bsd, candidates_bjd)
    without_weight_bj = weight_bs[:, :START_CANDIDATES] <= 0
    nearest_bs1 = torch.full_like(distance_bsj[..., :1], torch.inf)
    centres = []
    for _ in range(num_clusters):
        left_bj = (torch.minimum(nearest_bs1, distance_bsj) * weight_bs.unsqueeze(-1)).sum(dim=1)
        best_b11 = left_bj.masked_fill(without_weight_bj, torch.inf).argmin(dim=1).view(-1, 1, 1)
        centres.append(candidates_bjd.gather(1, best_b11.expand(-1, -1, points_bsd.shape[-1])))
        chosen_bs1 = distance_bsj.gather(2, best_b11.expand(-1, points_bsd.shape[1], -1))
        nearest_bs1 = torch.minimum(nearest_bs1, chosen_bs1)
    return torch.cat(centres, dim=1)


def _squared_distances(points_bmd: Tensor, centres_bcd: Tensor) -> Tensor:
    products_bmc = points_bmd @ centres_bcd.transpose(1, 2)
    points_bm1 = points_bmd.square().sum(dim=-1, keepdim=True)
    centres_b1c = centres_bcd.square().sum(dim=-1).unsqueeze(1)
    return (points_bm1 + centres_b1c - 2 * products_bmc).clamp_min(0.0)
