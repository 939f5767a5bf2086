"""Self-attention of dual-path models, from one packed projection.

Shape suffixes: r rows, n steps, d features, h heads.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from modeling.models.masking import frame_mask


def attend(
    packed_rn3d: Tensor, *, num_heads: int, mask_r11n: Tensor | None = None, dropout: float = 0.0
) -> Tensor:
    """Scaled dot-product attention of packed queries, keys and values: `(r, n, 3 d) -> (r, n, d)`."""
    rows, steps, _ = packed_rn3d.shape
    heads = packed_rn3d.view(rows, steps, 3, num_heads, -1).permute(2, 0, 3, 1, 4)
    query_rhnd, key_rhnd, value_rhnd = heads.unbind(0)
    attended_rhnd = functional.scaled_dot_product_attention(
        query_rhnd, key_rhnd, value_rhnd, attn_mask=mask_r11n, dropout_p=dropout
    )
    return attended_rhnd.transpose(1, 2).flatten(2)


def key_mask(counts_r: Tensor | None, steps: int) -> Tensor | None:
    """`(rows, 1, 1, steps)`, true for the steps that each row has; None when all have all."""
    return None if counts_r is None else frame_mask(counts_r, steps)[:, None, None]
