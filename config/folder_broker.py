"""The embedded broker: kombu's folder of messages, with each message appearing whole or not at all."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem

SCHEME = "folder"


class Channel(filesystem.Channel):
    """kombu writes a message under its final name, so a reader that polls meanwhile finds an empty file."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        unique = uuid.uuid4().hex
        aside = Path(self.data_folder_out, f"{unique}.unfinished")
        aside.write_text(json.dumps(payload), encoding="utf-8")
        # Readers take names in order: nanoseconds since boot keep the oldest first.
        aside.replace(Path(self.data_folder_out, f"{time.monotonic_ns():020d}_{unique}.{queue}.msg"))


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Let kombu know `folder://`."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
