"""Response headers for every page, addresses no database can hold, and errors meant for people as pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core.errors import ShownToUser

GetResponse = Callable[[HttpRequest], HttpResponse]


class PermissionsPolicyMiddleware:
    """Grants the microphone to our own pages and nothing else to anybody."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
        return response


class NoNulMiddleware:
    """Refuses addresses with a NUL character, which PostgreSQL cannot compare with anything."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            error = ShownToUser("The address holds a NUL character. Please remove it.", code="nul_in_address")
            return render(request, "error.html", {"error": error}, status=error.status)
        return self.get_response(request)


class ShownToUserMiddleware:
    """Turns `ShownToUser` raised anywhere below a view into a page (or JSON under /api/) with its sentence."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ShownToUser):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse(exception.as_json(), status=exception.status)
        return render(request, "error.html", {"error": exception}, status=exception.status)
