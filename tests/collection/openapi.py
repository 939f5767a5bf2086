"""Compares real answers with the OpenAPI document that the site publishes."""

from functools import cache
from typing import Any

import jsonschema
from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator


@cache
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def refuse_undocumented(*, path: str, method: str, response: HttpResponse) -> None:
    """Fail unless the document lists this status for the route and its body has the documented shape."""
    responses = document()["paths"][path][method]["responses"]
    assert str(response.status_code) in responses, f"{method} {path} answered {response.status_code}"
    content = responses[str(response.status_code)].get("content")
    if content is None:
        assert response.content == b""
        return
    schema = as_json_schema(content["application/json"]["schema"])
    jsonschema.validate(response.json(), schema | {"components": as_json_schema(document()["components"])})


def as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema a list of types; unnamed properties are refused."""
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: as_json_schema(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable"):
        converted["type"] = [node["type"], "null"]
    if node.get("type") == "object" and "properties" in node:
        converted.setdefault("additionalProperties", False)
    return converted
