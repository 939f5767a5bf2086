"""The operator learns with one command whether objects can be written."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.storage.config import ObjectStoreConfig


def test_a_folder_is_tried_and_named(tmp_path: Path, settings: Any) -> None:
    settings.OBJECT_STORE = ObjectStoreConfig(folder=tmp_path)
    said = StringIO()
    call_command("prepare_object_store", stdout=said)
    assert str(tmp_path / "objects") in said.getvalue()


def test_a_store_that_is_away_is_said_in_a_sentence(settings: Any) -> None:
    settings.OBJECT_STORE = ObjectStoreConfig(
        bucket="realm", endpoint_url="http://127.0.0.1:9", access_key="a", secret_key="b"
    )
    with pytest.raises(CommandError, match="could not be reached"):
        call_command("prepare_object_store")
