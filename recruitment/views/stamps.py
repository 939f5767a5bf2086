"""Stamps, for those who earned them and for admins who look for one."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import admin_required
from core.errors import ShownToUser
from recruitment.earned_stamps import EarnedStamp, earned_stamps, looked_up
from recruitment.forms.stamps import OwnStampForm, StampSearchForm
from recruitment.models import Effort
from recruitment.return_tickets import take_back
from recruitment.services.stamp_lookups import look_up_stamp
from recruitment.services.stamps import StampMatch, find_stamp
from recruitment.sessions import remembered_participants
from recruitment.stamp_list import STATES, StampFilter, count_states, list_stamps
from recruitment.views.efforts import effort_context

ROWS_ON_A_PAGE = 50


@never_cache
@require_http_methods(["GET", "POST"])
def own_stamps(request: HttpRequest) -> HttpResponse:
    """All stamps this browser earned, and a field for one that was earned elsewhere."""
    form = OwnStampForm(request.POST or None)
    found, status = typed_stamp(request, form) if form.is_bound else (None, 200)
    context = {
        "earned": earned_stamps(remembered_participants(session=request.session)),
        "form": form,
        "found": found,
    }
    return render(request, "contributor/stamps.html", context, status=status)


@require_POST
def stamps_return(request: HttpRequest) -> JsonResponse:
    """A browser that lost its cookie in a crash hands in what it kept; what is not ours is passed over."""
    remembered = take_back(session=request.session, tickets=request.POST.getlist("ticket"))
    return JsonResponse({"remembered": remembered})


def typed_stamp(request: HttpRequest, form: OwnStampForm) -> tuple[EarnedStamp | None, int]:
    if not form.is_valid():
        return None, 422
    if request.session.session_key is None:
        request.session.create()
    try:
        stamp = look_up_stamp(code=form.cleaned_data["code"], who=str(request.session.session_key))
    except ShownToUser as refusal:
        form.add_error("code", refusal.message)
        return None, refusal.status
    return looked_up(stamp), 200


@never_cache
@require_http_methods(["GET", "POST"])
@admin_required
def stamp_search(request: HttpRequest) -> HttpResponse:
    """One field for all efforts: paste what a person sent."""
    form = StampSearchForm(request.POST or None)
    context = {"form": form, "matches": searched(form)}
    return render(request, "recruitment/stamp_search.html", context, status=status_of(form))


@never_cache
@require_http_methods(["GET", "POST"])
@admin_required
def effort_stamps(request: HttpRequest, effort_id: int) -> HttpResponse:
    """The stamps of one effort, newest first, by state or flag; the search looks at all efforts."""
    effort = get_object_or_404(Effort, pk=effort_id)
    form = StampSearchForm(request.POST or None)
    wanted = StampFilter.from_query(request.GET)
    page = Paginator(list_stamps(effort, wanted), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = effort_context(effort, "effort-stamps") | {
        "form": form,
        "matches": searched(form),
        "states": STATES,
        "counts": count_states(effort),
        "wanted": wanted,
        "page": page,
    }
    return render(request, "recruitment/effort_stamps.html", context, status=status_of(form))


def searched(form: StampSearchForm) -> list[StampMatch] | None:
    """None before anything was looked for."""
    return find_stamp(code=form.cleaned_data["text"]) if form.is_valid() else None


def status_of(form: StampSearchForm) -> int:
    return 422 if form.is_bound and not form.is_valid() else 200
