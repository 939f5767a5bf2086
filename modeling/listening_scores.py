"""PESQ and STOI through the packages `pesq` and `pystoi`, where they are installed: models of what listeners hear."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

from audio.resample import resample
from modeling.errors import InputRefused
from modeling.waveforms import Samples

Score = Callable[..., float | None]

NARROW_HZ, WIDE_HZ = 8000, 16_000


def find_scores(names: list[str]) -> dict[str, Score]:
    """The functions `(estimate=, reference=, sample_rate_hz=) -> score` for `pesq` and `stoi`; None is no answer."""
    known: dict[str, tuple[str, Callable[[Any], Score]]] = {
        "pesq": ("pesq", _pesq_score),
        "stoi": ("pystoi", _stoi_score),
    }
    return {name: known[name][1](_installed(known[name][0], option=f"--{name}")) for name in names}


def _installed(package: str, *, option: str) -> Any:
    try:
        return import_module(package)
    except ImportError:
        raise InputRefused(
            f"{option} needs the package {package}, which is not installed. Install it with: "
            "pip install -r requirements-metrics.txt"
        ) from None


def _pesq_score(package: Any) -> Score:
    def score(*, estimate: Samples, reference: Samples, sample_rate_hz: int) -> float | None:
        """ITU-T P.862: narrow band below 16 kHz, wide band (P.862.2) from there; 1 to 4.6."""
        rate_hz = WIDE_HZ if sample_rate_hz >= WIDE_HZ else NARROW_HZ
        heard, wanted = (
            resample(each, from_hz=sample_rate_hz, to_hz=rate_hz) for each in (estimate, reference)
        )
        if not (heard.any() and wanted.any()):
            return None
        value = package.pesq(
            rate_hz,
            wanted,
            heard,
            "wb" if rate_hz == WIDE_HZ else "nb",
            on_error=package.PesqError.RETURN_VALUES,
        )
        # Without speech, or shorter than a quarter of a second, it has no answer and gives -1.
        return None if value < 0 else float(value)

    return score


def _stoi_score(package: Any) -> Score:
    def score(*, estimate: Samples, reference: Samples, sample_rate_hz: int) -> float | None:
        """Short-time objective intelligibility (Taal et al., 2011); up to 1."""
        if not reference.any():
            return None
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", RuntimeWarning)
            value = float(package.stoi(reference, estimate, sample_rate_hz))
        # It warns and gives 1e-5 where less than 0.4 s of speech remain.
        return None if any("Not enough STFT frames" in str(each.message) for each in warned) else value

    return score
