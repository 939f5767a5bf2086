"""How the REST API reads bodies: JSON, and not more of it than an announcement can need."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_JSON_BYTES = 64 * 1024


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = f"This request has more than {MAX_JSON_BYTES} bytes of JSON; please send less."


class SmallJSONParser(JSONParser):
    """Rest framework reads any length into memory, and anybody may send."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_JSON_BYTES + 1)
        if len(body) > MAX_JSON_BYTES:
            raise BodyTooLarge
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply; please send a flat object.") from error
