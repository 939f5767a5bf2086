"""What an admin of an effort should look at: anomalies, to be settled with a note and reopened."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import StaffRequest, admin_required
from recruitment.anomaly_list import AnomalyFilter, count_kinds, lines_of, list_anomalies
from recruitment.models import Anomaly, Effort
from recruitment.services.anomalies import reopen_anomaly, settle_anomaly
from recruitment.services.anomaly_search import look_for_anomalies
from recruitment.views.efforts import effort_context

ROWS_ON_A_PAGE = 25


@require_safe
@admin_required
def effort_anomalies(request: HttpRequest, effort_id: int) -> HttpResponse:
    """Newest first; those that are settled are a click away."""
    effort = get_object_or_404(Effort, pk=effort_id)
    wanted = AnomalyFilter.from_query(request.GET)
    page = Paginator(list_anomalies(effort, wanted), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = effort_context(effort, "effort-anomalies") | {
        "counts": count_kinds(effort),
        "wanted": wanted,
        "page": page,
        "lines": lines_of(page),
    }
    return render(request, "recruitment/effort_anomalies.html", context)


@require_POST
@admin_required
def anomalies_look(request: HttpRequest, effort_id: int) -> HttpResponse:
    """Through everything of this effort, now; workers look at recent work by themselves."""
    effort = get_object_or_404(Effort, pk=effort_id)
    before = effort.anomalies.count()
    look_for_anomalies(effort=effort)
    new = effort.anomalies.count() - before
    messages.success(request, f"{new} new." if new else "Nothing new was found.", extra_tags="good")
    return redirect("effort-anomalies", effort_id)


@require_POST
@admin_required
def anomaly_settle(request: StaffRequest, effort_id: int, anomaly_id: int) -> HttpResponse:
    anomaly = get_object_or_404(Anomaly, effort=effort_id, pk=anomaly_id)
    settle_anomaly(anomaly=anomaly, actor=request.user, note=request.POST.get("note", ""))
    messages.success(request, "Settled. Nothing else changes by that.", extra_tags="good")
    return back_to_list(request, effort_id)


@require_POST
@admin_required
def anomaly_reopen(request: StaffRequest, effort_id: int, anomaly_id: int) -> HttpResponse:
    anomaly = get_object_or_404(Anomaly, effort=effort_id, pk=anomaly_id)
    reopen_anomaly(anomaly=anomaly, actor=request.user)
    messages.success(request, "Reopened: it waits again.", extra_tags="good")
    return back_to_list(request, effort_id)


def back_to_list(request: HttpRequest, effort_id: int) -> HttpResponse:
    """With the filter that was in force; nothing of the form goes into the address but a known kind."""
    wanted = AnomalyFilter.from_query(request.POST)
    query = f"?kind={wanted.kind}&settled={int(wanted.is_settled)}"
    return redirect(reverse("effort-anomalies", args=[effort_id]) + query)
