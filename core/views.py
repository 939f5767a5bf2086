"""The answer for machines."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.health import machine_health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process can take recordings, 503 otherwise."""
    well, facts = machine_health()
    return JsonResponse(facts, status=200 if well else 503)
