"""Pages that belong to no single app: the staff landing page and the platform's status."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.permissions import staff_required


@staff_required
def workbench(request: HttpRequest) -> HttpResponse:
    """Where staff land after login: what waits for them, by role."""
    return render(request, "workbench.html")


@staff_required
def status(request: HttpRequest) -> HttpResponse:
    """Queues, storage and disk, for people; machines ask /healthz."""
    return render(request, "status.html")
