"""What makes two results the same result, and the names of their jobs and objects."""

from __future__ import annotations

from typing import Final

# Part of every result's identity: raise it whenever our code around a model changes what comes out.
CODE_VERSION: Final = "1"

# In units of the estimator's own calibration: 99 % of the stems it was calibrated on lie below.
OUT_OF_DOMAIN_FROM: Final = 1.0

SEPARATE: Final = "runs.separate"
ESTIMATE: Final = "runs.estimate"


def separation_key(*, recording_id: int, sha256: str, digest: str) -> str:
    """Subject of a separation's job: these bytes, this model, this code."""
    return f"{recording_id}:{sha256}:{digest}:{CODE_VERSION}"


def estimate_key(*, separation_id: int, digest: str) -> str:
    """Subject of an estimate's job: a separation never changes, so its id stands for its content."""
    return f"{separation_id}:{digest}:{CODE_VERSION}"


def stems_folder(*, recording: object, digest: str) -> str:
    """Where the objects of one separation lie; `recording` is its public id."""
    return f"stems/{recording}/{digest[:8]}-{CODE_VERSION}"
