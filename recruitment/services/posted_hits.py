"""Write down what Mechanical Turk says about a HIT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from recruitment.models import MturkHit

if TYPE_CHECKING:  # the channels import this file
    from recruitment.channels.mturk_api import PostedHit

State = MturkHit.State
CLOSED_STATUSES = ("Reviewable", "Reviewing", "Disposed")


def note_posted(*, hit: MturkHit, posted: PostedHit) -> MturkHit:
    is_over = posted.expires_at is not None and posted.expires_at <= timezone.now()
    closed = is_over or posted.status in CLOSED_STATUSES
    MturkHit.objects.filter(pk=hit.pk).update(
        hit_id=posted.hit_id,
        hit_type_id=posted.hit_type_id,
        state=State.CLOSED if closed else State.OPEN,
        counts={
            "available": posted.available,
            "pending": posted.pending,
            "completed": posted.completed,
        },
        expires_at=posted.expires_at,
        looked_at=timezone.now(),
        problem="",
    )
    hit.refresh_from_db()
    return hit
