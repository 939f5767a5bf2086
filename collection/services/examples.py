"""Choose which recordings the public may hear as examples."""

from accounts.models import User
from accounts.services.audit import record_action
from collection.models import Recording


def mark_example(*, recording: Recording, kind: str, reason: str, actor: User | None) -> None:
    """Show a recording on the front page as a good or a bad example; with kind `""`, no longer."""
    recording.public_example = Recording.PublicExample(kind)
    recording.example_reason = reason
    recording.save(update_fields=["public_example", "example_reason"])
    record_action(
        actor=actor,
        action="recording.mark_example",
        subject=f"recording:{recording.public_id}",
        details={"kind": kind},
    )
