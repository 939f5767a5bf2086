"""RemixIT: a teacher separates, its stems are shuffled across the batch into new mixtures, a student learns those.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modeling.losses.pit import Ceiling, pit_si_snr_loss
from modeling.losses.products import inner_products
from modeling.models.masking import silence_padding


def remixit_loss(
    *,
    student: nn.Module,
    teacher: nn.Module,
    mix_bt: Tensor,
    lengths_b: Tensor | None = None,
    ceiling_db: float = 30.0,
    ceiling: Ceiling = "none",
) -> Tensor:
    """PIT SI-SNR loss of the student on mixtures bootstrapped from the teacher's stems; no references are needed.

    Tzinis et al., 2022 (arXiv 2202.08862, equations 5 to 7). Stems are first brought to their levels in the mixture.
    What they leave of it (noise, above all) is shuffled like a source of its own and is nobody's target: so the
    student hears mixtures as noisy as the real ones. The teacher gets no gradient. The global random generator
    shuffles. Ceilings as in `pit_loss`.
    """
    with torch.no_grad():
        stems_bct = _levelled(_separated(teacher, mix_bt, lengths_b), mix_bt, lengths_b)
        rest_bt = silence_padding(mix_bt, lengths_b) - stems_bct.sum(dim=1)
    parts_bct = torch.cat([stems_bct, rest_bt.unsqueeze(1)], dim=1)
    mixed_bt, targets_bct, mixed_lengths_b = remix_stems(stems_bct=parts_bct, lengths_b=lengths_b)
    return pit_si_snr_loss(
        estimate=_separated(student, mixed_bt, mixed_lengths_b),
        reference=targets_bct[:, :-1],
        lengths_b=mixed_lengths_b,
        ceiling_db=ceiling_db,
        ceiling=ceiling,
    )


@torch.no_grad()
def remix_stems(
    *, stems_bct: Tensor, lengths_b: Tensor | None = None, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Shuffle each source but the first across the batch: new mixtures, their sources and their lengths.

    A new mixture is as long as the shortest stem in it; `generator` lives on the CPU whatever the signals do.
    """
    batch, sources, _ = stems_bct.shape
    orders_cb = torch.stack(
        [torch.arange(batch), *(torch.randperm(batch, generator=generator) for _ in range(sources - 1))]
    ).to(stems_bct.device)
    targets_bct = torch.stack([stems_bct[order_b, c] for c, order_b in enumerate(orders_cb)], dim=1)
    new_lengths_b = None if lengths_b is None else lengths_b[orders_cb.to(lengths_b.device)].amin(dim=0)
    targets_bct = silence_padding(targets_bct, new_lengths_b)
    return targets_bct.sum(dim=1), targets_bct, new_lengths_b


def _levelled(stems_bct: Tensor, mix_bt: Tensor, lengths_b: Tensor | None) -> Tensor:
    """Each stem times the gain that brings the sum of the item's stems nearest to its mixture."""
    gram_bcc = inner_products(estimate=stems_bct, reference=stems_bct, lengths_b=lengths_b).cross_ber
    cross_bc1 = inner_products(
        estimate=stems_bct, reference=mix_bt.unsqueeze(1), lengths_b=lengths_b
    ).cross_ber
    # Between stems of unit energy, whatever their levels; a trace of ridge, since some may be silent or equal.
    norm_bc1 = gram_bcc.diagonal(dim1=1, dim2=2).unsqueeze(-1).sqrt().clamp_min(1e-30)
    eye_cc = torch.eye(gram_bcc.shape[-1], dtype=gram_bcc.dtype, device=gram_bcc.device)
    cosine_bcc = gram_bcc / (norm_bc1 * norm_bc1.transpose(1, 2)) + 1e-6 * eye_cc
    gain_bc1: Tensor = torch.linalg.solve(cosine_bcc, cross_bc1 / norm_bc1) / norm_bc1
    levelled_bct: Tensor = stems_bct * gain_bc1.to(stems_bct.dtype)
    return levelled_bct


def _separated(model: nn.Module, mix_bt: Tensor, lengths_b: Tensor | None) -> Tensor:
    stems_bct: Tensor = model(mix_bt) if lengths_b is None else model(mix_bt, lengths_b)
    return stems_bct if stems_bct.dtype == torch.float64 else stems_bct.float()
