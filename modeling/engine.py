"""Bundles kept warm: from files to separated files and estimates, for the commands and the server alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from modeling.building import load_model
from modeling.bundles import Bundle, bundle_of_kind, read_bundle
from modeling.errors import InputRefused
from modeling.estimation import ConventionEstimate, StemEstimate, estimate_curve_db, estimate_quality
from modeling.separating import LoadedSeparator, Outcome, SeparationChoices, separate_files
from modeling.waveforms import read_equally_long


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """What one separation left on disk."""

    stems: list[Path]
    sample_rate_hz: int
    bundle: Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEstimates:
    """Blind SI-SNR of each stem, in the order of the stems."""

    stems: list[StemEstimate]
    bundle: Bundle
    curve_db: list[list[float]] | None = None
    """The headline of every second, by stem, where it was asked for."""

    @property
    def si_snr_db(self) -> list[float]:
        """The headline: against the bundle's own target convention."""
        return [stem.by_convention[self.bundle.target_convention].si_snr_db for stem in self.stems]

    def to_row(self) -> dict[str, object]:
        """Plain values for a JSON answer: the headline's figures, then those of every convention.

        A figure that the model does not give has no key: a null would look like a stem without an answer.
        """
        by_convention = {
            name: _columns([stem.by_convention[name] for stem in self.stems])
            for name in self.stems[0].by_convention
        }
        return {
            **by_convention[self.bundle.target_convention],
            **_given({"out_of_domain": [_rounded(stem.out_of_domain) for stem in self.stems]}),
            **({} if self.curve_db is None else {"curve_db": self.curve_db}),
            "target_convention": self.bundle.target_convention,
            "conventions": by_convention,
            "bundle": self.bundle.name,
        }


class Engine:
    """Separates and estimates with models that stay loaded; the least recently used one goes first."""

    def __init__(self, *, device: torch.device, max_models: int = 3) -> None:
        self._device = device
        self._max_models = max_models
        self._models: OrderedDict[str, nn.Module] = OrderedDict()

    def loaded_digests(self) -> list[str]:
        return list(self._models)

    def separate_file(self, mixture: Path, *, bundle_path: Path, out_dir: Path) -> Separation:
        """Separate one file, over whatever stems lie in `out_dir` already."""
        choices = SeparationChoices(out_dir=out_dir, is_overwriting=True)
        (outcome,) = self.separate_files([mixture], bundle_path=bundle_path, choices=choices)
        if outcome.error is not None:
            raise outcome.error
        return Separation(
            stems=outcome.stems, sample_rate_hz=outcome.sample_rate_hz, bundle=read_bundle(bundle_path)
        )

    def separate_files(
        self, mixtures: Iterable[Path], *, bundle_path: Path, choices: SeparationChoices
    ) -> Iterator[Outcome]:
        """Separate many files, several at a time where they are short; a bad one is an outcome with an error."""
        bundle = bundle_of_kind(bundle_path, "separator")
        separator = LoadedSeparator(
            model=self._model(bundle), sample_rate_hz=bundle.sample_rate_hz, device=self._device
        )
        return separate_files(separator, mixtures, choices=choices)

    def estimate_files(
        self, mixture: Path, stems: list[Path], *, bundle_path: Path, has_curve: bool = False
    ) -> QualityEstimates:
        """Estimate the stems of one mixture; with a curve, also the headline of every second."""
        if not stems:
            raise InputRefused(f"No stems were given to estimate for {mixture}.")
        bundle = bundle_of_kind(bundle_path, "estimator")
        mix_t, stems_ct = self._read_together(mixture, stems, bundle.sample_rate_hz)
        estimates = estimate_quality(
            self._model(bundle),
            mix_t,
            stems_ct,
            sample_rate_hz=bundle.sample_rate_hz,
            convention=bundle.target_convention,
        )
        return QualityEstimates(
            stems=estimates,
            bundle=bundle,
            curve_db=self._curve_db(bundle, mix_t, stems_ct) if has_curve else None,
        )

    def _curve_db(self, bundle: Bundle, mix_t: torch.Tensor, stems_ct: torch.Tensor) -> list[list[float]]:
        curve_sc = estimate_curve_db(
            self._model(bundle), mix_t, stems_ct, sample_rate_hz=bundle.sample_rate_hz
        )
        return [[round(float(value), 3) for value in row] for row in curve_sc.T]

    def _read_together(
        self, mixture: Path, stems: list[Path], sample_rate_hz: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        mix, *rows = read_equally_long([mixture, *stems], sample_rate_hz=sample_rate_hz)
        return torch.from_numpy(mix).to(self._device), torch.from_numpy(np.stack(rows)).to(self._device)

    def _model(self, bundle: Bundle) -> nn.Module:
        if bundle.digest not in self._models:
            self._models[bundle.digest] = load_model(bundle, device=self._device)
        self._models.move_to_end(bundle.digest)
        while len(self._models) > self._max_models:
            self._models.popitem(last=False)
        return self._models[bundle.digest]


def _columns(estimates: list[ConventionEstimate]) -> dict[str, list[float | None]]:
    return _given(
        {
            "si_snr_db": [_rounded(each.si_snr_db) for each in estimates],
            "low_db": [_rounded(each.low_db) for each in estimates],
            "high_db": [_rounded(each.high_db) for each in estimates],
            "si_snr_improvement_db": [_rounded(each.improvement_db) for each in estimates],
        }
    )


def _given(columns: dict[str, list[float | None]]) -> dict[str, list[float | None]]:
    return {name: column for name, column in columns.items() if any(value is not None for value in column)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
