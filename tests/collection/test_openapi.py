"""The OpenAPI document lists exactly the routes that exist under /api/v1/."""

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.collection.openapi import document

UNDOCUMENTED = {"/api/v1/schema"}


def api_routes() -> set[str]:
    (resolver,) = (
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and str(entry.pattern) == "api/v1/"
    )
    return {
        "/api/v1/" + str(route.pattern).replace("<uuid:client_uuid>", "{client_uuid}")
        for route in resolver.url_patterns
    }


def test_every_route_is_documented_and_nothing_else() -> None:
    assert set(document()["paths"]) == api_routes() - UNDOCUMENTED


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for methods in document()["paths"].values():
        for operation in methods.values():
            assert operation["description"]
            assert "404" in operation["responses"]
            assert operation["security"] == [{"participantSession": []}]


@pytest.mark.django_db
def test_the_document_is_public() -> None:
    assert b"begin_upload" in Client().get("/api/v1/schema").content
