"""True scores of stems on disk against references on disk.

Shape suffixes: r references, c stems, t samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from modeling.errors import InputRefused
from modeling.listening_scores import Score
from modeling.metrics import score_sdr, score_separation
from modeling.waveforms import rate_of, read_equally_long

Figures = dict[str, list[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredStems:
    """Stems in the order of their references, and a list of values for each figure."""

    stems: list[Path]
    figures: Figures


def score_files(
    mixture: Path,
    *,
    stems: Sequence[Path],
    references: Sequence[Path],
    listening: Mapping[str, Score],
) -> ScoredStems:
    """SI-SNR, SI-SNRi, SDR and SDRi, and what `listening` adds, at the stems' sample rate.

    A silent reference has no scores (`None`): no stem is nearer to it than another.
    """
    if len(stems) != len(references):
        raise InputRefused(
            f"{mixture} has {len(stems)} stems and {len(references)} references: there must be one for each."
        )
    rate_hz = rate_of(stems[0])
    read = read_equally_long([mixture, *stems, *references], sample_rate_hz=rate_hz)
    mix_t, *rest = [torch.from_numpy(signal_t) for signal_t in read]
    stems_ct, references_rt = torch.stack(rest[: len(stems)]), torch.stack(rest[len(stems) :])
    signals = {"estimate": stems_ct[None], "reference": references_rt[None], "mixture": mix_t[None]}
    si_snr = score_separation(**signals)
    sdr = score_sdr(**signals, order_br=si_snr.order_br)
    heard = [bool(reference.any()) for reference in references_rt]
    order = [int(index) for index in si_snr.order_br[0]]
    figures: Figures = {
        "si_snr_db": _values(si_snr.si_snr_db_br, heard),
        "si_snri_db": _values(si_snr.si_snr_improvement_db_br, heard),
        "sdr_db": _values(sdr.sdr_db_br, heard),
        "sdri_db": _values(sdr.sdr_improvement_db_br, heard),
    }
    for name, score in listening.items():
        figures[name] = [
            _rounded(score(estimate=estimate.numpy(), reference=reference.numpy(), sample_rate_hz=rate_hz))
            for estimate, reference in zip(stems_ct[order], references_rt, strict=True)
        ]
    return ScoredStems(stems=[stems[index] for index in order], figures=figures)


def summarise(rows: Sequence[Figures]) -> dict[str, object]:
    """Mean over mixtures of each figure with the half width of its 95 % interval, and how many had one."""
    names = rows[0].keys() if rows else []
    return {name: _mean_and_interval([row[name] for row in rows]) for name in names}


def _mean_and_interval(values: Sequence[Sequence[float | None]]) -> dict[str, float | int | None]:
    present = [[value for value in row if value is not None] for row in values]
    means = np.array([np.mean(row) for row in present if row])
    half_width = 1.96 * means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else None
    return {
        "mean": _rounded(means.mean()) if len(means) else None,
        "ci95": _rounded(half_width),
        "n": len(means),
    }


def _values(row: Tensor, heard: Sequence[bool]) -> list[float | None]:
    return [
        _rounded(float(value)) if is_heard else None for value, is_heard in zip(row[0], heard, strict=True)
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
