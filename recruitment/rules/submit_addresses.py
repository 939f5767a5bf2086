"""Where a page in Mechanical Turk's frame may send its form: an address from outside, taken from a short list only."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from core.errors import ShownToUser

SUBMIT_PATH = "/mturk/externalSubmit"


def submit_origin(turk_submit_to: str, *, allowed: Sequence[str]) -> str:
    """The one of the allowed origins that `turkSubmitTo` names. Raises ShownToUser `submit_address_refused`.

    What is returned is an entry of the list, never the text from outside.
    """
    try:
        parts = urlsplit(turk_submit_to.strip())
        named = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        named = ""
    for origin in allowed:
        if named == origin and parts.path in ("", "/") and not (parts.query or parts.fragment):
            return origin
    raise ShownToUser(
        "This page was opened with a submit address that is not Mechanical Turk's. Please open the task from "
        "Mechanical Turk's own page.",
        code="submit_address_refused",
        field="turkSubmitTo",
        status=403,
    )
