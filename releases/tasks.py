"""The job that builds a release, and the timers that erase what was withdrawn."""

from __future__ import annotations

from typing import Any

from core.jobs import job
from core.timers import timer
from releases.models import Release
from releases.services.publishing import BUILD, publish_release
from releases.withdrawal import erase_withdrawn, recheck_erased

ERASE_PERIOD_S = 5
RECHECK_PERIOD_S = 600


@job(kind=BUILD, queue="cpu", time_limit_s=6 * 3_600)
def build(payload: dict[str, Any]) -> None:
    publish_release(release=Release.objects.select_related("campaign").get(pk=payload["release_id"]))


@timer(name="erase withdrawn", every_s=ERASE_PERIOD_S)
def erase() -> None:
    erase_withdrawn()


@timer(name="recheck erased", every_s=RECHECK_PERIOD_S)
def recheck() -> None:
    recheck_erased()
