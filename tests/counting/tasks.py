"""A job slow enough to be killed in its middle."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from django.conf import settings

from core import jobs, runner
from core.jobs import job
from core.storage import object_store

# So that a test sees the repair of what was lost within seconds.
jobs.FIRST_HINT_PAUSE_S = 2
runner.LEASE_S = 6
runner.LEASE_RENEWAL_S = 2


@job(kind="test.count", queue="cpu", time_limit_s=30)
def count(payload: dict[str, Any]) -> None:
    number = payload["number"]
    with (settings.DATA_DIR / "starts").open("a") as starts:
        starts.write(f"{number}\n")
    time.sleep(0.1)
    data = str(number).encode()
    object_store().put(
        key=f"effects/{number}", data=data, sha256=hashlib.sha256(data).hexdigest(), content_type="text/plain"
    )
