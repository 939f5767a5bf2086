"""The page of an effort on Mechanical Turk: what is offered and costs, its HITs, and asking about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import StaffRequest, admin_required
from core.errors import RetryLater, ShownToUser
from recruitment.channels.mturk import MturkChannel
from recruitment.channels.mturk_api import is_sandbox, mturk_api
from recruitment.entrances import entrance_of
from recruitment.forms.mturk_settings import EMBEDDED
from recruitment.models import Effort, MturkHit
from recruitment.rules.money import money
from recruitment.rules.mturk_costs import cents_of
from recruitment.rules.mturk_terms import HitTerms
from recruitment.services.hits import US_DOLLARS, ask_for_hit, close_hit, follow_hit, planned_terms
from recruitment.services.reconciling_jobs import ask_provider_soon, is_being_asked
from recruitment.views.efforts import effort_context

TAB = "effort-mturk"
OFFER_SALT = "recruitment.mturk.offer"
OFFER_LASTS_S = 3_600
UNDER_WAY = (MturkHit.State.ASKED, MturkHit.State.MAKING)


@never_cache
@require_safe
@admin_required
def effort_mturk(request: HttpRequest, effort_id: int) -> HttpResponse:
    effort = turk_effort(effort_id)
    hits = list(effort.mturk_hits.all())
    asked = is_being_asked(effort=effort)
    context = effort_context(effort, TAB) | {
        "hits": hits,
        "is_being_asked": asked,
        "is_waiting": asked or any(hit.state in UNDER_WAY for hit in hits),
        "is_sandbox": is_sandbox(),
        "endpoint": settings.MTURK_ENDPOINT,
        "settings": effort.channel_settings,
    }
    return render(request, "recruitment/mturk.html", context)


@never_cache
@require_safe
@admin_required
def mturk_preview(request: HttpRequest, effort_id: int) -> HttpResponse:
    """Everything a HIT would offer and cost, before it is made; nothing is sent from here."""
    effort = turk_effort(effort_id)
    context = effort_context(effort, TAB) | {"is_sandbox": is_sandbox()}
    try:
        terms = planned_terms(effort=effort, address=work_address(request, effort))
    except ShownToUser as refusal:
        return render(request, "recruitment/mturk_preview.html", context | {"refusal": refusal}, status=409)
    offer = signing.dumps({"token": str(uuid4()), "terms": terms.as_json()}, salt=OFFER_SALT)
    shown = {"terms": terms, "cost": terms.cost, "prices": prices_of(terms), "offer": offer}
    shown |= balance_for(terms)
    return render(request, "recruitment/mturk_preview.html", context | shown)


@require_POST
@admin_required
def mturk_hit_new(request: StaffRequest, effort_id: int) -> HttpResponse:
    """What was shown is what is made; pressed twice it is one HIT."""
    effort = turk_effort(effort_id)
    offer = read_offer(request.POST.get("offer", ""))
    terms = HitTerms.from_json(offer["terms"])
    ask_for_hit(effort=effort, terms=terms, request_token=offer["token"], actor=request.user)
    messages.success(request, "The HIT is being made. It appears below in a moment.", extra_tags="good")
    return redirect(TAB, effort.pk)


@require_POST
@admin_required
def mturk_hit_close(request: StaffRequest, effort_id: int, hit: UUID) -> HttpResponse:
    found = get_object_or_404(turk_effort(effort_id).mturk_hits, public_id=hit)
    attempt(request, lambda: close_hit(hit=found, actor=request.user), done="The HIT is closed.")
    return redirect(TAB, effort_id)


@require_POST
@admin_required
def mturk_hit_follow(request: StaffRequest, effort_id: int) -> HttpResponse:
    effort, hit_id = turk_effort(effort_id), request.POST.get("hit_id", "").strip()
    done = "From now on the assignments of this HIT are read too."
    attempt(request, lambda: follow_hit(effort=effort, hit_id=hit_id, actor=request.user), done=done)
    return redirect(TAB, effort_id)


@require_POST
@admin_required
def mturk_ask(request: HttpRequest, effort_id: int) -> HttpResponse:
    """A worker asks; what keeps it from asking is said at once."""
    effort = turk_effort(effort_id)
    attempt(
        request,
        lambda: (mturk_api(), ask_provider_soon(effort=effort)),
        done="Mechanical Turk is being asked.",
    )
    return redirect(TAB, effort.pk)


def turk_effort(effort_id: int) -> Effort:
    return get_object_or_404(Effort, pk=effort_id, channel=MturkChannel.name)


def work_address(request: HttpRequest, effort: Effort) -> str:
    """The page a worker opens, or the one that stands in the frame. Raises ShownToUser where there is no work."""
    entrance = entrance_of(effort=effort)
    if not entrance:
        raise ShownToUser(
            "No campaign and no study belongs to this effort yet, so workers would find nothing to do.",
            code="no_entrance",
        )
    is_embedded = effort.channel_settings.get("layout") == EMBEDDED
    return request.build_absolute_uri(reverse("embedded", args=[effort.pk]) if is_embedded else entrance)


def balance_for(terms: HitTerms) -> dict[str, Any]:
    """What can be spent, or why nobody can say."""
    try:
        available_cents = cents_of(mturk_api().balance())
    except ShownToUser as refusal:
        return {"trouble": refusal.message, "is_impossible": True}
    except RetryLater as pause:
        return {"trouble": str(pause)}
    is_too_little = available_cents < terms.cost.total_cents
    return {"balance": money(available_cents, US_DOLLARS), "is_too_little": is_too_little}


def prices_of(terms: HitTerms) -> dict[str, str]:
    cost = terms.cost
    amounts = {"reward": cost.reward_cents, "fee": cost.fee_cents, "total": cost.total_cents}
    return {name: money(cents, US_DOLLARS) for name, cents in amounts.items()}


def read_offer(text: str) -> dict[str, Any]:
    try:
        offer: dict[str, Any] = signing.loads(text, salt=OFFER_SALT, max_age=OFFER_LASTS_S)
    except signing.BadSignature:
        raise ShownToUser(
            "This preview is too old. Please look at it again before you make the HIT.", code="offer_too_old"
        ) from None
    return offer


def attempt(request: HttpRequest, call: Callable[[], object], *, done: str) -> None:
    """Say what came of it on the page that follows."""
    try:
        call()
        messages.success(request, done, extra_tags="good")
    except (ShownToUser, RetryLater) as trouble:
        messages.error(request, str(trouble), extra_tags="bad")
