"""Jobs that meet an erasure: people may withdraw, and their objects go, while a job is reading them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet

from core.storage.contract import MissingObject


@contextmanager
def missing_only_if_erased(kept: QuerySet[Any]) -> Iterator[None]:
    """A missing object ends the work quietly once `kept` finds nothing any more; else it is lost, and raised."""
    try:
        yield
    except MissingObject:
        if kept.exists():
            raise
