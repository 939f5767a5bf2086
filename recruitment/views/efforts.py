"""Pages on which an admin sees one call for people: the list, the overview, and the frame of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from accounts.permissions import admin_required
from recruitment.channels import channel_named
from recruitment.models import Effort

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
    efforts = Effort.objects.order_by("-created_at")
    return render(request, "recruitment/effort_list.html", {"efforts": efforts})


@require_safe
@admin_required
def effort_overview(request: HttpRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    return render(request, "recruitment/effort_overview.html", effort_context(effort, OVERVIEW))


def effort_context(effort: Effort, tab: str) -> dict[str, Any]:
    """What recruitment/effort_base.html needs; `tab` is the URL name of the page that is shown."""
    channel = channel_named(effort.channel)
    tabs = [*TABS, *channel.pages, *LAST_TABS]
    return {"effort": effort, "channel": channel, "tab": tab, "tabs": tabs_of(effort, tabs, tab)}


def tabs_of(effort: Effort, pages: list[tuple[str, str]], current: str) -> list[Tab]:
    tabs = []
    for name, title in pages:
        try:
            address = reverse(name, args=[effort.pk])
        except NoReverseMatch:
            continue
        tabs.append(Tab(title=title, address=address, is_current=name == current))
    return tabs
