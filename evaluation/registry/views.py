"""The models of this site, for researchers: what each is, how good it was measured to be, and which are in use."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import researcher_required
from evaluation.registry.models import ModelBundle


@require_safe
@researcher_required
def bundle_list(request: HttpRequest) -> HttpResponse:
    bundles = ModelBundle.objects.annotate(
        separation_count=Count("separations", distinct=True),
        estimate_count=Count("quality_estimates", distinct=True),
    ).order_by("-kind", "-is_default", "name", "-registered_at")
    return render(request, "registry/bundles.html", {"bundles": bundles})
