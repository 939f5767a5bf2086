"""RemixIT: a teacher separates, its stems are shuffled across the batch into new mixtures, a student learns those.

Shape suffixes: b batch, c sources, t samples.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modeling.losses.pit import pit_si_snr_loss
from modeling.models.masking import silence_padding


def remixit_loss(
    *, student: nn.Module, teacher: nn.Module, mix_bt: Tensor, lengths_b: Tensor | None = None
) -> Tensor:
    """PIT SI-SNR loss of the student on mixtures bootstrapped from the teacher's stems.

    Tzinis et al., 2022 (arXiv 2202.08862, equations 5 to 7). The teacher gets no gradient; let its weights follow the
    student's (`modeling.training.averaging.WeightAverage`). The global random generator shuffles.
    """
    with torch.no_grad():
        stems_bct = teacher(mix_bt, lengths_b).float()
    mixed_bt, targets_bct, mixed_lengths_b = remix_stems(stems_bct=stems_bct, lengths_b=lengths_b)
    estimate_bct = student(mixed_bt, mixed_lengths_b)
    return pit_si_snr_loss(estimate=estimate_bct, reference=targets_bct, lengths_b=mixed_lengths_b)


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
    new_lengths_b = None if lengths_b is None else lengths_b[orders_cb].amin(dim=0)
    targets_bct = silence_padding(targets_bct, new_lengths_b)
    return targets_bct.sum(dim=1), targets_bct, new_lengths_b
