"""Running blind estimators on a mixture and its stems, of any length: figures, intervals, curves over time.

Shape suffixes: b batch, c stems, t samples, v target conventions, q quantiles, s seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from modeling.chunking import Chunking, even_pieces, with_smaller_chunks
from modeling.manifest import Convention
from modeling.models.quality_estimator import HIGH, LOW, MEDIAN, QualityOutput
from modeling.progress import seconds_bar

CONVENTIONS: tuple[Convention, ...] = ("dry", "early", "reverberant")
"""In the order of an estimator's outputs."""

HEADLINE: Convention = "reverberant"
"""What one figure stands for on real recordings: the voice as it reached the microphone."""

WINDOWS_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ConventionEstimate:
    """Estimated SI-SNR in dB against one kind of reference; the 90 % interval where the model gives one."""

    si_snr_db: float
    improvement_db: float
    """Against the mixture in the stem's place: f(x, stem) - f(x, x)."""
    low_db: float | None = None
    high_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StemEstimate:
    """What is estimated of one stem; `out_of_domain` above 1 means: unlike anything in training, do not trust."""

    by_convention: Mapping[Convention, ConventionEstimate]
    out_of_domain: float | None = None


@torch.inference_mode()
def estimate_quality(
    model: nn.Module,
    mix_t: Tensor,
    stems_ct: Tensor,
    *,
    sample_rate_hz: int,
    convention: Convention = HEADLINE,
) -> list[StemEstimate]:
    """Estimate every stem of one mixture, in the order of the stems.

    `convention` names what a model with a single output was trained against; others answer for all three.
    Long signals get the mean over pieces weighted by length, and the largest distance of any piece.
    """
    answer = with_smaller_chunks(
        lambda now: _estimate_in_pieces(model, mix_t, stems_ct, sample_rate_hz, now), Chunking()
    )
    names = CONVENTIONS if answer.quantiles_cvq.shape[1] == len(CONVENTIONS) else (convention,)
    return [
        StemEstimate(
            by_convention={name: answer.of(stem, v) for v, name in enumerate(names)},
            out_of_domain=answer.out_of_domain(stem),
        )
        for stem in range(len(stems_ct))
    ]


@torch.inference_mode()
def estimate_si_snr_db(
    model: nn.Module,
    mix_t: Tensor,
    stems_ct: Tensor,
    *,
    sample_rate_hz: int,
    chunking: Chunking | None = None,
) -> list[float]:
    """The headline figure of every stem in dB, without intervals or improvements: a third of the work."""

    def work(now: Chunking) -> Tensor:
        total_c = stems_ct.new_zeros(len(stems_ct))
        for start, end in even_pieces(len(mix_t), sample_rate_hz=sample_rate_hz, chunking=now):
            output = model(mix_t[start:end].unsqueeze(0), stems_ct[:, start:end].unsqueeze(0))
            total_c += _quantiles(output)[0, :, -1, _middle(output)] * (end - start)
        return total_c / len(mix_t)

    return [float(value) for value in with_smaller_chunks(work, chunking or Chunking())]


@torch.inference_mode()
def estimate_curve_db(
    model: nn.Module, mix_t: Tensor, stems_ct: Tensor, *, sample_rate_hz: int, window_s: float = 4.0
) -> Tensor:
    """The headline figure of every stem `(seconds, stems)`, each second by the window around it."""
    length, window = len(mix_t), min(len(mix_t), int(window_s * sample_rate_hz))
    seconds = max(1, round(length / sample_rate_hz))
    middles = [int((second + 0.5) * sample_rate_hz) for second in range(seconds)]
    starts = [min(max(0, middle - window // 2), length - window) for middle in middles]
    rows = []
    for first in range(0, seconds, WINDOWS_AT_ONCE):
        chosen = starts[first : first + WINDOWS_AT_ONCE]
        output = model(
            torch.stack([mix_t[start : start + window] for start in chosen]),
            torch.stack([stems_ct[:, start : start + window] for start in chosen]),
        )
        rows.append(_quantiles(output)[:, :, -1, _middle(output)])
    return torch.cat(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    quantiles_cvq: Tensor
    before_cv: Tensor
    distance_c: Tensor | None

    def out_of_domain(self, stem: int) -> float | None:
        """None of a model that was never calibrated: its distance is 0 whatever it hears."""
        if self.distance_c is None or not bool(self.distance_c.any()):
            return None
        return float(self.distance_c[stem])

    def of(self, stem: int, v: int) -> ConventionEstimate:
        figures = [float(value) for value in self.quantiles_cvq[stem, v]]
        has_interval = len(figures) > 1
        si_snr_db = figures[MEDIAN] if has_interval else figures[0]
        return ConventionEstimate(
            si_snr_db=si_snr_db,
            improvement_db=si_snr_db - float(self.before_cv[stem, v]),
            low_db=figures[LOW] if has_interval else None,
            high_db=figures[HIGH] if has_interval else None,
        )


def _estimate_in_pieces(
    model: nn.Module, mix_t: Tensor, stems_ct: Tensor, sample_rate_hz: int, chunking: Chunking
) -> _Answer:
    quantiles, before, distances = [], [], []
    with seconds_bar("estimating", total_s=len(mix_t) / sample_rate_hz) as advance:
        for start, end in even_pieces(len(mix_t), sample_rate_hz=sample_rate_hz, chunking=chunking):
            share = (end - start) / len(mix_t)
            output = _estimate_with_mixtures(model, mix_t[start:end], stems_ct[:, start:end])
            quantiles_bcvq = _quantiles(output)
            stems = torch.arange(len(stems_ct), device=quantiles_bcvq.device)
            quantiles.append(share * quantiles_bcvq[0])
            before.append(share * quantiles_bcvq[1 + stems, stems, :, _middle(output)])
            if isinstance(output, QualityOutput):
                distances.append(output.distance_bc[0])
            advance(end / sample_rate_hz)
    return _Answer(
        quantiles_cvq=torch.stack(quantiles).sum(dim=0),
        before_cv=torch.stack(before).sum(dim=0),
        distance_c=torch.stack(distances).amax(dim=0) if distances else None,
    )


def _estimate_with_mixtures(model: nn.Module, mix_t: Tensor, stems_ct: Tensor) -> QualityOutput | Tensor:
    """Row 0 holds the stems; in row 1 + c the mixture stands in the place of stem c."""
    count = len(stems_ct)
    stems_bct = stems_ct.expand(1 + count, -1, -1).clone()
    stems = torch.arange(count, device=stems_ct.device)
    stems_bct[1 + stems, stems] = mix_t
    output: QualityOutput | Tensor = model(mix_t.expand(1 + count, -1), stems_bct)
    return output


def _quantiles(output: QualityOutput | Tensor) -> Tensor:
    """`(b, c, v, q)` of either kind of model: one convention and one quantile where there is one output."""
    return output.si_snr_db_bcvq if isinstance(output, QualityOutput) else output[..., None, None]


def _middle(output: QualityOutput | Tensor) -> int:
    return MEDIAN if isinstance(output, QualityOutput) else 0
