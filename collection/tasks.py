"""Jobs and timers of collection; the work itself is in services."""

from typing import Any

from collection.models import Recording
from collection.services.derivation import derive as make_derived
from collection.services.upload_sweep import sweep_takes, sweep_uploads
from collection.services.uploads import DERIVE
from core.jobs import job
from core.storage.erasure import missing_only_if_erased
from core.timers import timer


@job(kind=DERIVE, queue="cpu", time_limit_s=300)
def derive(payload: dict[str, Any]) -> None:
    recordings = Recording.objects.kept().filter(pk=payload["recording_id"])
    recording = recordings.first()
    if recording is None:
        return
    with missing_only_if_erased(recordings):
        make_derived(recording=recording)


@timer(name="sweep uploads", every_s=3_600)
def sweep_uploads_now_and_then() -> None:
    sweep_uploads()


@timer(name="sweep takes", every_s=86_400)
def sweep_takes_daily() -> None:
    sweep_takes()
