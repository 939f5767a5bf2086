"""Uploads of models go to a temporary file, and what is too large is read past without being kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

ROOM_FOR_FORM_BYTES = 100_000


class CappedUpload(TemporaryFileUploadHandler):
    """Of a body above the limit the form finds no file."""

    is_too_large = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        self.is_too_large = content_length > settings.MAX_MODEL_BYTES + ROOM_FOR_FORM_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.is_too_large:
            raise SkipFile
        super().new_file(*args, **kwargs)
