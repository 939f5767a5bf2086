"""The one error that refuses a waveform, in words a contributor understands."""


class AudioRefused(ValueError):  # noqa: N818 - a refusal is an answer to a person, not a fault
    """A file or take that cannot be accepted.

    `code` is stable snake_case for programs and tests; `message` is one or two sentences for the person who
    recorded: what is wrong, with the value found, and what to do about it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["AudioRefused"], tuple[str, str]]:
        # The default would rebuild from `args`, which holds the message only, and break in a worker pool.
        return (type(self), (self.code, self.message))
