"""How the REST API answers errors: one shape, with a sentence, the field and whether trying again can help."""

from typing import Any

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import RetryLater, ShownToUser


def answer_error(exception: Exception, context: dict[str, Any]) -> Response | None:
    """`{"code", "message", "field", "final"}`; `final` tells the recorder it may let go of the take."""
    if isinstance(exception, ShownToUser):
        return Response(exception.as_json(), status=exception.status)
    if isinstance(exception, RetryLater):
        body = {"code": "retry_later", "message": str(exception), "field": None, "final": False}
        return Response(body, status=503, headers={"Retry-After": "5"})
    response = exception_handler(exception, context)
    if response is not None and isinstance(exception, APIException):
        response.data = describe_api_exception(exception)
    return response


def describe_api_exception(exception: APIException) -> dict[str, object]:
    field, message = None, str(exception.detail)
    if isinstance(exception, ValidationError) and isinstance(exception.detail, dict):
        field, reasons = next(iter(exception.detail.items()))
        reason = reasons[0] if isinstance(reasons, list) else reasons
        message = f"{field}: {reason}"
    return {"code": exception.default_code, "message": message, "field": field, "final": False}
