"""The search for the order of sources, apart from any loss: utterance-level permutation invariance.

Shape suffixes: b batch, e estimates, r references.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

EXHAUSTIVE_UP_TO = 4
"""Sources up to which all orders are tried; beyond, the Hungarian method is faster."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """`order_br[b, r]` is the estimate that belongs to reference r; `score_br` its score, differentiable."""

    order_br: Tensor
    score_br: Tensor


def best_assignment(score_ber: Tensor) -> Assignment:
    """Choose one joint order per item that makes the sum of scores (larger is better) largest.

    `(b, e, r)` with at least as many estimates as references; estimates too many stay unassigned. Up to four
    estimates all orders are tried, beyond it the Hungarian method chooses.
    """
    if score_ber.ndim != 3 or score_ber.shape[1] < score_ber.shape[2]:
        raise ValueError(f"scores must be (batch, estimates >= n, n), not {tuple(score_ber.shape)}")
    search = _exhaustive if score_ber.shape[1] <= EXHAUSTIVE_UP_TO else _hungarian
    order_br = search(score_ber.detach())
    score_br = score_ber.gather(1, order_br.unsqueeze(1)).squeeze(1)
    return Assignment(order_br=order_br, score_br=score_br)


def reorder(signal_bet: Tensor, order_br: Tensor) -> Tensor:
    """Put estimates in the order of their references."""
    return signal_bet.gather(1, order_br.unsqueeze(-1).expand(-1, -1, signal_bet.shape[-1]))


def _exhaustive(score_ber: Tensor) -> Tensor:
    estimates, references = score_ber.shape[1:]
    orders_pr = torch.tensor(list(permutations(range(estimates), references)), device=score_ber.device)
    columns_r = torch.arange(references, device=score_ber.device)
    totals_bp = score_ber[:, orders_pr, columns_r].sum(dim=-1)
    return orders_pr[totals_bp.argmax(dim=-1)]


def _hungarian(score_ber: Tensor) -> Tensor:
    # A diverged model's scores are no numbers; which order they get matters to nobody.
    tables = np.nan_to_num(score_ber.float().cpu().numpy())
    orders = [linear_sum_assignment(item.T, maximize=True)[1] for item in tables]
    stacked = np.array(orders, dtype=np.int64).reshape(len(tables), tables.shape[2])
    return torch.from_numpy(stacked).to(score_ber.device)
