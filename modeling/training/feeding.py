"""Drawing batches one ahead: a CPU mixes while the GPU still computes, and a checkpoint does not notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modeling.training.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    batch: Any
    size: int
    stage: int
    state_before: dict[str, Any]


class Feed:
    """A task's batches; what was drawn ahead and not yet used counts as not drawn."""

    def __init__(self, task: Task, *, ahead: bool) -> None:
        self._task, self._ahead = task, ahead
        self._next: _Drawn | None = None

    def take(self, size: int, *, stage: int) -> Any:
        drawn, self._next = self._next, None
        if drawn is not None and (drawn.size, drawn.stage) == (size, stage):
            return drawn.batch
        if drawn is not None:
            self._task.load_state_dict(drawn.state_before)
        return self._task.draw(size, stage=stage)

    def prepare(self, size: int, *, stage: int) -> None:
        """To be called when the device has its work: draws the batch that `take` is likely to want next."""
        if self._ahead and self._next is None:
            before = self._task.state_dict()
            batch = self._task.draw(size, stage=stage)
            self._next = _Drawn(batch=batch, size=size, stage=stage, state_before=before)

    def state_dict(self) -> dict[str, Any]:
        return self._task.state_dict() if self._next is None else self._next.state_before

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._next = None
        self._task.load_state_dict(state)
