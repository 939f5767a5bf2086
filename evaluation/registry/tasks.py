"""The job of the registry; the work itself is in services."""

from __future__ import annotations

from typing import Any

from core.jobs import job
from evaluation.registry.models import CheckpointImport
from evaluation.registry.services.checkpoints import IMPORT, WALL_S, convert


@job(kind=IMPORT, queue="cpu", time_limit_s=2 * WALL_S)
def import_checkpoint(payload: dict[str, Any]) -> None:
    convert(row=CheckpointImport.objects.get(pk=payload["import_id"]))
