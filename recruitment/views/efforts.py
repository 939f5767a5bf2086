"""Pages on which an admin sees one call for people: the list, the overview, and the frame of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import admin_required
from recruitment.channels import channel_named
from recruitment.entrances import work_of
from recruitment.models import Effort, Submission
from recruitment.overview import (
    EffortLine,
    decided_count,
    funnel_of,
    missing_for,
    next_action,
    number,
    submission_counts,
    submitted_without_work,
    sums_of,
    waiting_in,
)
from recruitment.qr import qr_svg
from recruitment.rules.deciding import DecisionRules
from recruitment.services.reconciling import reconcile_effort

OVERVIEW = "effort"
TABS = (
    (OVERVIEW, "Overview"),
    ("effort-decisions", "Decisions"),
    ("effort-ledger", "Ledger"),
    ("effort-stamps", "Stamps"),
    ("effort-anomalies", "Anomalies"),
)
LAST_TABS = (("effort-settings", "Settings"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    title: str
    address: str
    is_current: bool


@require_safe
@admin_required
def effort_list(request: HttpRequest) -> HttpResponse:
    """Newest first, each with what waits."""
    submitted = Count("submissions", filter=Q(submissions__state=Submission.State.SUBMITTED))
    efforts = Effort.objects.annotate(waiting=submitted).order_by("-created_at", "-pk")
    lines = [
        EffortLine(
            effort=effort,
            channel_title=channel_named(effort.channel).title,
            entered=effort.participants.count(),
            waiting=effort.waiting,
            sums=sums_of(effort),
        )
        for effort in efforts
    ]
    return render(request, "recruitment/effort_list.html", {"lines": lines})


@require_safe
@admin_required
def effort_overview(request: HttpRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    work = work_of(effort=effort)
    # Where a platform has a page of its own, that page has the address: the bare link would turn its people away.
    is_bare = work is not None and not channel_named(effort.channel).pages
    link = request.build_absolute_uri(work.entrance) if work and is_bare else ""
    waiting = waiting_in(effort)
    rules = DecisionRules.from_json(effort.decision_rules)
    context = effort_context(effort, OVERVIEW) | {
        "link": link,
        "qr": qr_svg(link) if link else "",
        "counts": submission_counts(effort),
        "approved": decided_count(effort, "approve"),
        "rejected": decided_count(effort, "reject"),
        "without_work": submitted_without_work(effort),
        "missing": missing_for(effort, work),
        "funnel": funnel_of(effort),
        "sums": sums_of(effort),
        "waiting": waiting,
        "next": next_action(effort=effort, waiting=waiting),
        "rules": rules.describe(units_wanted=effort.units_wanted),
    }
    return render(request, "recruitment/effort_overview.html", context)


@require_POST
@admin_required
def effort_take_in(request: HttpRequest, effort_id: int) -> HttpResponse:
    """Where no platform lists submissions: whoever has finished has handed one in."""
    effort = get_object_or_404(Effort, pk=effort_id)
    if not channel_named(effort.channel).tells_nobody:
        raise Http404  # asking a provider takes long and may fail: the channel's own page has a job for it
    changed = reconcile_effort(effort=effort).changed
    said = f"{number(changed, 'submission')} taken in." if changed else "Nothing new has been handed in."
    messages.success(request, said, extra_tags="good")
    return redirect("effort-decisions", effort_id)


def effort_context(effort: Effort, tab: str) -> dict[str, Any]:
    """What recruitment/effort_base.html needs; `tab` is the URL name of the page that is shown."""
    channel = channel_named(effort.channel)
    tabs = [
        Tab(title=title, address=reverse(name, args=[effort.pk]), is_current=name == tab)
        for name, title in (*TABS, *channel.pages, *LAST_TABS)
    ]
    work = work_of(effort=effort)
    return {"effort": effort, "channel": channel, "tab": tab, "tabs": tabs, "work": work}
