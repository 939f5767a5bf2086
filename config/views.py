"""Pages that belong to no single app: the staff landing page and the platform's status."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.permissions import staff_required
from collection.models import Campaign, Recording
from core.health import platform_status
from evaluation.listening.models import Study
from evaluation.registry.models import ModelBundle
from recruitment.models import Submission
from releases.models import Release


@staff_required
def workbench(request: HttpRequest) -> HttpResponse:
    """Where staff land after login: what waits for them, by role."""
    context = {
        "waiting": Recording.objects.awaiting_review().count(),
        "recordings": Recording.objects.kept().count(),
        "accepted": Recording.objects.releasable().count(),
        "campaigns": Campaign.objects.order_by("state", "title"),
        "studies_open": Study.objects.filter(state=Study.State.OPEN).count(),
        "bundles": ModelBundle.objects.filter(is_default=True).order_by("kind"),
        "undecided": Submission.objects.filter(state=Submission.State.SUBMITTED).count(),
        "newest_release": Release.objects.filter(state=Release.State.READY).first(),
    }
    return render(request, "workbench.html", context)


@staff_required
def status(request: HttpRequest) -> HttpResponse:
    """Queues, storage and disk, for people; machines ask /healthz."""
    return render(request, "status.html", {"status": platform_status()})
