"""Running separators on signals of any length: chunks, levels, memory.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

from itertools import permutations

import torch
from torch import Tensor, nn

from modeling.chunking import Chunking, with_smaller_chunks


@torch.inference_mode()
def separate(
    model: nn.Module, mix_t: Tensor, *, sample_rate_hz: int, chunking: Chunking | None = None
) -> Tensor:
    """Separate one mixture into `(sources, samples)`, aligned with it and at its level.

    Beyond the limit the mixture is cut into chunks that overlap by a quarter; each chunk's sources are put in
    the order that agrees best with the overlap before, and cross-faded. Out of GPU memory: the chunk is halved
    and the work starts again; below one second it is given up as `ResourceShortage`.
    """
    return with_smaller_chunks(
        lambda now: _separate_in_chunks(model, mix_t, sample_rate_hz, now), chunking or Chunking()
    )


def match_levels(mix_t: Tensor, stems_ct: Tensor) -> Tensor:
    """Scale each stem so that their sum comes as near to the mixture as it can (least squares).

    SI-SNR training leaves level and polarity of each output free; this restores both and leaves the SI-SNR as
    it is. A source silent in the mixture stays silent.
    """
    gram_cc = (stems_ct @ stems_ct.T).double()
    # A trace of ridge keeps two nearly equal stems from taking huge opposite gains.
    ridge = 1e-3 * gram_cc.diagonal().mean() + 1e-12
    eye_cc = torch.eye(len(stems_ct), dtype=torch.float64, device=gram_cc.device)
    gains_c = torch.linalg.solve(gram_cc + ridge * eye_cc, (stems_ct @ mix_t).double())
    scaled_ct: Tensor = stems_ct * gains_c.to(stems_ct.dtype).unsqueeze(1)
    return scaled_ct


def _separate_in_chunks(model: nn.Module, mix_t: Tensor, sample_rate_hz: int, chunking: Chunking) -> Tensor:
    length = len(mix_t)
    if length <= chunking.limit_s * sample_rate_hz:
        return _separate_whole(model, mix_t)
    chunk = int(chunking.chunk_s * sample_rate_hz)
    overlap = chunk // 4
    stems_ct = _separate_whole(model, mix_t[:chunk])
    result_ct = mix_t.new_zeros((len(stems_ct), length))
    result_ct[:, :chunk] = stems_ct
    for start in range(chunk - overlap, length - overlap, chunk - overlap):
        stems_ct = _separate_whole(model, mix_t[start : start + chunk])
        _stitch(result_ct, stems_ct, start=start, overlap=overlap)
    return result_ct


def _separate_whole(model: nn.Module, mix_t: Tensor) -> Tensor:
    stems_ct: Tensor = model(mix_t.unsqueeze(0))[0].float()
    return match_levels(mix_t, stems_ct)


def _stitch(result_ct: Tensor, stems_ct: Tensor, *, start: int, overlap: int) -> None:
    before_ct = result_ct[:, start : start + overlap]
    stems_ct = stems_ct[_order_that_continues(before_ct, stems_ct[:, :overlap])]
    fade_t = torch.linspace(0.0, 1.0, overlap, device=result_ct.device)
    result_ct[:, start : start + overlap] = before_ct * (1 - fade_t) + stems_ct[:, :overlap] * fade_t
    result_ct[:, start + overlap : start + stems_ct.shape[1]] = stems_ct[:, overlap:]


def _order_that_continues(before_ct: Tensor, after_ct: Tensor) -> list[int]:
    """The order of the new stems whose overlap resembles the old stems' most (sum of inner products)."""
    similarity = (before_ct @ after_ct.T).tolist()
    orders = permutations(range(len(after_ct)))
    return list(max(orders, key=lambda order: sum(similarity[c][other] for c, other in enumerate(order))))
