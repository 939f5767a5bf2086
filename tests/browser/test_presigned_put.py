"""Where the object store is an S3 server, the browser itself puts the take there, across origins."""

import os
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request

from collection.models import Campaign, Recording
from config.environment import parse_object_store_url
from core.storage import object_store
from tests.browser import flows
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def s3_origin(settings: Any) -> str:
    """The S3 server that scripts/services.py started, allowed by the page policy since the settings were read."""
    url = os.environ.get("OBJECT_STORE_URL") or pytest.fail("run this through 'make test-services'")
    config = parse_object_store_url(url, base_dir=Path())
    settings.OBJECT_STORE = replace(config, prefix=f"browser/{uuid.uuid4().hex}")
    (origin,) = config.browser_origins
    return origin


def test_chromium_puts_a_take_straight_into_s3(
    contributor: Visitor, campaign: Campaign, s3_origin: str
) -> None:
    puts: list[Request] = []
    page = contributor.open("/c/demo/")
    page.on("request", lambda request: puts.append(request) if request.method == "PUT" else None)
    flows.contribute_one(page)
    (put,) = puts
    assert put.url.startswith(s3_origin)
    recording = Recording.objects.get()
    stored = b"".join(object_store().iterate(recording.object_key))
    assert len(stored) == recording.byte_length
    assert stored[:4] == b"RIFF"
