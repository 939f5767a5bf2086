"""After training: intervals that hold on validation speakers, and what counts as far from the known.

Shape suffixes: n stems, v conventions, q quantiles, e embedding size.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from modeling.building import load_model
from modeling.bundles import Bundle, read_bundle
from modeling.errors import InputRefused
from modeling.models.configs import QualityEstimatorConfig
from modeling.models.quality_estimator import HIGH, LOW, MEDIAN, QualityEstimator
from modeling.packaging import BundleDescription, write_bundle
from modeling.training.estimation import CLIPPED_DB, labelled_batches
from modeling.training.stem_shards import CONVENTIONS, REVERBERANT, read_shards
from modeling.training.stem_stream import LabelledStems

DRY, EARLY = CONVENTIONS.index("dry"), CONVENTIONS.index("early")

COVERAGE = 0.9
FARTHEST_SHARE = 0.99
"""The distance that so many validation stems stay below is called 1."""

SHRINKAGE = 0.05
"""Share of the mean variance added to each: directions that validation hardly used must not decide alone."""

FEWEST_STEMS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Decibels added to the estimate and to both sides of its interval, and the whitened embedding space."""

    shift_db: tuple[float, float, float]
    widen_db: tuple[float, float, float]
    embedding_mean_e: Tensor
    embedding_whitener_ee: Tensor


@torch.inference_mode()
def calibrate(model: QualityEstimator, batches: Iterable[LabelledStems]) -> Calibration:
    """Conformalised quantile regression (Romano et al., 2019) for each convention; Mahalanobis (Lee et al., 2018).

    The estimate is first shifted by the median error of each convention. What an earlier calibration found is
    taken off before, so calibrating twice gives the same as once.
    """
    shifted = torch.tensor(model.config.shift_db, device=model.embedding_mean_e.device).view(-1, 1)
    widened = torch.tensor(model.config.widen_db, device=shifted.device).view(-1, 1)
    side_q = torch.tensor([1.0, 0.0, -1.0], device=shifted.device)
    quantiles, labels, embeddings = [], [], []
    for batch in (each.to(shifted.device) for each in batches):
        output = model(batch.mix_bt, batch.stems_bct)
        quantiles.append((output.si_snr_db_bcvq - shifted + widened * side_q).flatten(0, 1))
        labels.append(batch.si_snr_db_bcv.clamp(*CLIPPED_DB).flatten(0, 1))
        embeddings.append(output.embedding_bce.flatten(0, 1))
    quantiles_nvq, labels_nv, embeddings_ne = (torch.cat(part) for part in (quantiles, labels, embeddings))
    if len(labels_nv) < FEWEST_STEMS:
        raise InputRefused(
            f"{len(labels_nv)} stems are too few to calibrate on: at least {FEWEST_STEMS} are needed."
        )
    shift_v = (labels_nv - quantiles_nvq[..., MEDIAN]).median(dim=0).values
    quantiles_nvq = quantiles_nvq + shift_v.unsqueeze(-1)
    miss_nv = torch.maximum(quantiles_nvq[..., LOW] - labels_nv, labels_nv - quantiles_nvq[..., HIGH])
    mean_e, whitener_ee = _whitening(embeddings_ne)
    return Calibration(
        shift_db=_triple(shift_v.tolist()),
        widen_db=_triple([_conformal_quantile(column) for column in miss_nv.unbind(dim=1)]),
        embedding_mean_e=mean_e,
        embedding_whitener_ee=whitener_ee,
    )


def calibrate_bundle(path: Path, *, examples: Path, folder: Path, device: torch.device) -> Bundle:
    """Calibrate a bundle on shards of validation speakers and write it, calibrated, to `folder`."""
    bundle = read_bundle(path)
    model = load_model(bundle, device=device)
    if not isinstance(model, QualityEstimator):
        raise InputRefused(f"Bundle {path} is a {bundle.model!r}: only quality_estimator has an interval.")
    found = calibrate(model, labelled_batches(read_shards(examples, setting="--examples")))
    weights = {
        **model.state_dict(),
        "embedding_mean_e": found.embedding_mean_e,
        "embedding_whitener_ee": found.embedding_whitener_ee,
    }
    description = BundleDescription(
        name=bundle.name,
        model=bundle.model,
        config=_calibrated(model.config, found),
        training_data=bundle.training_data,
        card=bundle.card,
        target_convention=bundle.target_convention,
        sample_rate_hz=bundle.sample_rate_hz,
        scores=bundle.scores,
        commit=bundle.commit,
    )
    return write_bundle(folder, description=description, weights=weights)


def _triple(values: Sequence[float]) -> tuple[float, float, float]:
    dry_db, early_db, reverberant_db = (round(float(value), 4) for value in values)
    return dry_db, early_db, reverberant_db


def _calibrated(config: QualityEstimatorConfig, found: Calibration) -> QualityEstimatorConfig:
    shifts, widenings = found.shift_db, found.widen_db
    return dataclasses.replace(
        config,
        shift_dry_db=shifts[DRY],
        shift_early_db=shifts[EARLY],
        shift_reverberant_db=shifts[REVERBERANT],
        widen_dry_db=widenings[DRY],
        widen_early_db=widenings[EARLY],
        widen_reverberant_db=widenings[REVERBERANT],
    )


def _conformal_quantile(miss_n: Tensor) -> float:
    """The correction that covers a new stem with the wanted probability, whatever the distribution is."""
    count = len(miss_n)
    rank = min(count, math.ceil((count + 1) * COVERAGE))
    return float(miss_n.sort().values[rank - 1])


def _whitening(embedding_ne: Tensor) -> tuple[Tensor, Tensor]:
    mean_e = embedding_ne.mean(dim=0)
    centred_ne = embedding_ne - mean_e
    covariance_ee = (centred_ne.T @ centred_ne / len(centred_ne)).double()
    floor = SHRINKAGE * covariance_ee.diagonal().mean() + 1e-9
    eye_ee = torch.eye(len(covariance_ee), dtype=torch.float64, device=covariance_ee.device)
    values_e, vectors_ee = torch.linalg.eigh(covariance_ee + floor * eye_ee)
    whitener_ee = (vectors_ee * values_e.rsqrt()).to(embedding_ne.dtype)
    distance_n = (centred_ne @ whitener_ee).norm(dim=-1)
    return mean_e, whitener_ee / distance_n.quantile(FARTHEST_SHARE)
