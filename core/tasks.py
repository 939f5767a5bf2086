"""The timers of the platform itself."""

from __future__ import annotations

from core.storage import object_store
from core.sweeping import sweep
from core.timers import timer

SWEEP_PERIOD_S = 5
UNFINISHED_KEPT_S = 86_400

timer(name="sweep", every_s=SWEEP_PERIOD_S)(sweep)


@timer(name="discard unfinished objects", every_s=3_600)
def discard_unfinished_objects() -> None:
    object_store().discard_unfinished(older_than_s=UNFINISHED_KEPT_S)
