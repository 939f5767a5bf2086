"""Deep clustering: embeddings of one source's bins together, of different sources' bins apart.

Shape suffixes: b batch, n bins (time times frequency), d embedding, c sources.
"""

from __future__ import annotations

import torch
from torch import Tensor


def deep_clustering_loss(*, embedding: Tensor, label: Tensor, active: Tensor | None = None) -> Tensor:
    """`|V V' - Y Y'|^2 / n^2` over the active bins, `(b, n, d), (b, n, c) -> ()`, mean over the batch.

    Hershey et al., 2016 (arXiv 1508.04306, equation 3), in its low-rank form `|V'V|^2 - 2 |V'Y|^2 + |Y'Y|^2`: the
    affinity of n bins with n bins is never formed. `embedding` rows are expected to have unit norm, `label` is
    one-hot, `active` `(b, n)` is true where a bin counts (it is no silence and no padding); others have no
    influence. Between 0 and 4 for unit rows. An item without an active bin gives 0 and no gradient.
    """
    embedding, label = embedding.float(), label.float()
    if active is not None:
        # Not a product: an embedding of silence that is no number must not reach the sums.
        embedding = embedding.masked_fill(~active.unsqueeze(-1), 0.0)
        label = label.masked_fill(~active.unsqueeze(-1), 0.0)
        count_b = active.sum(dim=1)
    else:
        count_b = torch.full((len(embedding),), embedding.shape[1], device=embedding.device)
    # Divided before the sums, which would otherwise grow with the square of the number of bins.
    weight_b11 = count_b.clamp_min(1).to(embedding.dtype).rsqrt().view(-1, 1, 1)
    embedding, label = embedding * weight_b11, label * weight_b11
    with torch.autocast(embedding.device.type, enabled=False):
        grams = (
            embedding.transpose(1, 2) @ embedding,
            embedding.transpose(1, 2) @ label,
            label.transpose(1, 2) @ label,
        )
    within_b, across_b, true_b = (gram.square().sum(dim=(1, 2)) for gram in grams)
    return (within_b - 2 * across_b + true_b).mean()
