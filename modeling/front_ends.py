"""Where the files of frozen front-ends lie, and which one an estimator means; without torch.

Their weights are large, have licences of their own and are never part of a bundle: a bundle names the file and its
SHA-256, and the folder is named by `REALM_FRONT_ENDS_DIR`.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from modeling.bundles import sha256_of_file
from modeling.errors import InputRefused
from modeling.models.configs import QualityEstimatorConfig
from modeling.runs.config import RunConfig

ENVIRONMENT_NAME = "REALM_FRONT_ENDS_DIR"


def find_front_end(file_name: str, *, sha256: str = "") -> Path:
    """The file of that name; refused where it is missing or, if `sha256` is given, where it is another one."""
    folder = os.environ.get(ENVIRONMENT_NAME)
    path = Path(folder or ".") / file_name
    if not folder or not path.is_file():
        where = f"it is not in {folder}" if folder else f"{ENVIRONMENT_NAME} is not set"
        raise InputRefused(
            f"This estimator has the front-end {file_name!r}, which is never part of a bundle, and {where}. "
            f"Put the file into a folder of your own and name that folder in {ENVIRONMENT_NAME}."
        )
    found = sha256_of_file(path) if sha256 else ""
    if found != sha256:
        raise InputRefused(
            f"The front-end {path} has SHA-256 {found[:12]}..., but this estimator was trained with "
            f"{sha256[:12]}...: its estimates would mean nothing. Get the file it was trained with."
        )
    return path


def with_pinned_front_end(run: RunConfig) -> RunConfig:
    """Note which file the front-end of a run is, so that its bundle can tell another one."""
    model = run.model
    if not isinstance(model, QualityEstimatorConfig) or not model.front_end_file or model.front_end_sha256:
        return run
    found = sha256_of_file(find_front_end(model.front_end_file))
    return dataclasses.replace(run, model=dataclasses.replace(model, front_end_sha256=found))
