"""The timers of the platform itself."""

from __future__ import annotations

from core.sweeping import sweep
from core.timers import timer

SWEEP_PERIOD_S = 5

timer(name="sweep", every_s=SWEEP_PERIOD_S)(sweep)
