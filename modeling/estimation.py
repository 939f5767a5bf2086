"""Running blind estimators on a mixture and its stems, of any length.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modeling.chunking import Chunking, even_pieces, with_smaller_chunks


@torch.inference_mode()
def estimate_si_snr_db(
    model: nn.Module,
    mix_t: Tensor,
    stems_ct: Tensor,
    *,
    sample_rate_hz: int,
    chunking: Chunking | None = None,
) -> list[float]:
    """Estimate the SI-SNR of every stem in dB; long signals get the mean over chunks, weighted by length."""
    return with_smaller_chunks(
        lambda now: _estimate_in_chunks(model, mix_t, stems_ct, sample_rate_hz, now), chunking or Chunking()
    )


def _estimate_in_chunks(
    model: nn.Module, mix_t: Tensor, stems_ct: Tensor, sample_rate_hz: int, chunking: Chunking
) -> list[float]:
    total_c = stems_ct.new_zeros(len(stems_ct))
    for start, end in even_pieces(len(mix_t), sample_rate_hz=sample_rate_hz, chunking=chunking):
        estimates_bc = model(mix_t[start:end].unsqueeze(0), stems_ct[:, start:end].unsqueeze(0))
        total_c += estimates_bc[0] * (end - start)
    return [float(value) for value in total_c / len(mix_t)]
