"""Results files name people: an upload stays in memory and is never written to a temporary folder."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler

from recruitment.rules.results_file import MAX_FILE_BYTES

ROOM_FOR_FORM_BYTES = 100_000


class InMemoryUpload(MemoryFileUploadHandler):
    """Takes what fits; a larger body is read past, and the form finds no file in it."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        self.activated = content_length <= MAX_FILE_BYTES + ROOM_FOR_FORM_BYTES
