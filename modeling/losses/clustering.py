"""Deep clustering: embeddings of one source's bins together, of different sources' bins apart.

Shape suffixes: b batch, m bins (frames times frequencies), d embedding, c sources.
"""

from __future__ import annotations

import torch
from torch import Tensor


def deep_clustering_loss(
    *, embedding_bmd: Tensor, target_bmc: Tensor, weight_bm: Tensor | None = None
) -> Tensor:
    """`|V V' - Y Y'|^2` of the weighted bins over the square of their weight; mean over the batch.

    Hershey et al., 2016 (arXiv 1508.04306, equation 3), in its low-rank form `|V'V|^2 - 2 |V'Y|^2 + |Y'Y|^2`: the
    affinity of m bins with m bins is never formed. Rows of `embedding_bmd` are expected to have unit norm,
    `target_bmc` is one-hot, `weight_bm` says how much each bin counts, from 0 (silence, padding: no influence, not
    even of what is no number). Between 0 and 4 for unit rows. An item of no weight gives 0 and no gradient.
    """
    embedding_bmd, target_bmc = embedding_bmd.float(), target_bmc.float()
    if weight_bm is None:
        weight_bm = torch.ones(embedding_bmd.shape[:2], device=embedding_bmd.device)
    counts_bm1 = (weight_bm > 0).unsqueeze(-1)
    # Weighted before the sums, which would otherwise grow with the square of the number of bins.
    total_b1 = weight_bm.float().sum(dim=1, keepdim=True)
    share_bm1 = (weight_bm.float() / total_b1.masked_fill(total_b1 <= 0, 1.0)).sqrt().unsqueeze(-1)
    embedding_bmd = embedding_bmd.masked_fill(~counts_bm1, 0.0) * share_bm1
    target_bmc = target_bmc.masked_fill(~counts_bm1, 0.0) * share_bm1
    with torch.autocast(embedding_bmd.device.type, enabled=False):
        grams = (
            embedding_bmd.transpose(1, 2) @ embedding_bmd,
            embedding_bmd.transpose(1, 2) @ target_bmc,
            target_bmc.transpose(1, 2) @ target_bmc,
        )
    within_b, across_b, true_b = (gram.square().sum(dim=(1, 2)) for gram in grams)
    return (within_b - 2 * across_b + true_b).mean()
