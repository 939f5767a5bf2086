"""The three families of failure that modeling reports: the user's, a passing one, a broken installation."""

from __future__ import annotations

from typing import ClassVar, Literal

ErrorKind = Literal["user", "retry", "broken"]


class ModelingError(Exception):
    """A failure with a sentence for whoever has to act; `kind` says who that is."""

    kind: ClassVar[ErrorKind] = "broken"


class InputRefused(ModelingError):  # noqa: N818 - a refusal answers a person, it is not a fault
    """The request or the file is wrong: the person who asked must change it."""

    kind = "user"


class ResourceShortage(ModelingError):  # noqa: N818
    """Memory or disk ran out: the same request may succeed later."""

    kind = "retry"


class BundleBroken(ModelingError):  # noqa: N818
    """A model bundle is missing, incomplete or altered: whoever installed it must act."""

    kind = "broken"
