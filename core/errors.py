"""Three families of errors; the family says who has to act."""

from __future__ import annotations

from typing import Any


class ShownToUser(Exception):  # noqa: N818 - the family is the name
    """The person in front of the page acts: `message` is a whole sentence that says what to do.

    `final` tells a client that sending the same thing again cannot help, so it may drop what it kept.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "refused",
        field: str | None = None,
        status: int = 400,
        final: bool = True,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field
        self.status = status
        self.final = final

    def as_json(self) -> dict[str, Any]:
        """The body every API answer uses for this error."""
        answer: dict[str, Any] = {"code": self.code, "message": self.message, "final": self.final}
        if self.field is not None:
            answer["field"] = self.field
        return answer


class RetryLater(Exception):  # noqa: N818
    """Nobody acts: something outside (store, broker, provider) is away for a while and the work is safe."""

    def __init__(self, message: str, *, delay_s: float | None = None) -> None:
        super().__init__(message)
        self.delay_s = delay_s  # None: the caller's own backoff


class Broken(Exception):  # noqa: N818
    """An operator or programmer acts: trying again gives the same result."""
