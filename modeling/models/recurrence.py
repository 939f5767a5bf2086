"""Bidirectional recurrence over sequences of unequal lengths, each from its own first to its own last frame.

Shape suffixes: b batch, n frames, d features.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def run_lstm(layer: nn.Module, hidden_bnd: Tensor, frames_b: Tensor | None = None) -> Tensor:
    """Output of a batch-first LSTM; past an item's own frames it is zero.

    Without packing, the backward direction of a short item would start in its neighbour's padding.
    """
    if frames_b is None:
        output_bnd: Tensor = layer(hidden_bnd)[0]
        return output_bnd
    lengths = frames_b.cpu()
    if bool((lengths == hidden_bnd.shape[1]).all()):
        # Packing costs the fused kernels; equal lengths do not need it.
        return run_lstm(layer, hidden_bnd)
    packed = pack_padded_sequence(hidden_bnd, lengths, batch_first=True, enforce_sorted=False)
    padded_bnd: Tensor = pad_packed_sequence(
        layer(packed)[0], batch_first=True, total_length=hidden_bnd.shape[1]
    )[0]
    return padded_bnd
