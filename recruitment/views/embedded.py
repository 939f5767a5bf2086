"""Our page in Mechanical Turk's frame: no cookies, no session, a policy of its own; the work opens in a new tab."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from core.errors import ShownToUser
from recruitment.entrances import entrance_of
from recruitment.models import Effort
from recruitment.rules.mturk_questions import STAMP_FIELD
from recruitment.rules.submit_addresses import SUBMIT_PATH
from recruitment.services.arrivals import put_in_front
from recruitment.services.embedding import (
    arrive_in_frame,
    entry_token,
    frame_state,
    holder_of,
    submission_of_entry,
)
from recruitment.services.identities import identity_of
from recruitment.views.arrivals import SeeOther, sealed_off

SCHEME = "Session "
View = Callable[..., HttpResponse]


def framed(view: View) -> View:
    """May stand in Mechanical Turk's frame and send a form there; a refusal is a page in the same frame."""

    @wraps(view)
    def in_frame(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
        except ShownToUser as refusal:
            answer = render(
                request, "recruitment/embedded_refused.html", {"refusal": refusal}, status=refusal.status
            )
        policy = {
            "frame-ancestors": settings.MTURK_FRAME_ORIGINS,
            "form-action": settings.MTURK_SUBMIT_ORIGINS,
        }
        # What the decorator csp_replace sets; the lists are read now, from the settings.
        answer._csp_replace = policy  # type: ignore[attr-defined]
        answer.headers.setdefault("Referrer-Policy", "strict-origin")
        return answer

    return never_cache(xframe_options_exempt(in_frame))


@framed
@require_GET
def embedded(request: HttpRequest, effort_id: int) -> HttpResponse:
    """A preview shows what the work is. Whoever has accepted it is sent to an address that names nobody."""
    effort = get_object_or_404(Effort, pk=effort_id, channel="mturk")
    ticket = arrive_in_frame(effort=effort, parameters=request.GET)
    if ticket is None:
        context = {"effort": effort, "settings": effort.channel_settings}
        return render(request, "recruitment/embedded_preview.html", context)
    return sealed_off(SeeOther(reverse("embedded-task", args=[ticket])))


@framed
@require_GET
def embedded_task(request: HttpRequest, ticket: str) -> HttpResponse:
    submission, origin = holder_of(ticket)
    context = {
        "effort": submission.effort,
        "settings": submission.effort.channel_settings,
        "ticket": ticket,
        "entry_address": entry_address(request, ticket),
        "submit_address": f"{origin}{SUBMIT_PATH}",
        "assignment_id": identity_of(submission).reference,
        "stamp_field": STAMP_FIELD,
        "state": frame_state(submission=submission),
    }
    return render(request, "recruitment/embedded.html", context)


@csrf_exempt  # no cookie is read here: the ticket in the header is the proof, and other origins are refused
@require_POST
def embedded_state(request: HttpRequest) -> JsonResponse:
    """How far the work is, and a fresh address to open it; asked every few seconds by the page in the frame."""
    try:
        refuse_other_origins(request)
        ticket = ticket_in_header(request)
        submission, _ = holder_of(ticket)
    except ShownToUser as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.status)
    state = frame_state(submission=submission)
    answer = {
        "units_done": state.units_done,
        "units_wanted": state.units_wanted,
        "is_done": state.is_done,
        "stamps": state.stamps,
        "entry_address": entry_address(request, ticket),
    }
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


@never_cache
@require_GET
def embedded_enter(request: HttpRequest, token: str) -> HttpResponse:
    """The new tab: from here on an ordinary visitor with a session, who came for this submission."""
    submission = submission_of_entry(token)
    put_in_front(session=request.session, submission=submission)
    return sealed_off(redirect(entrance_of(effort=submission.effort) or "home"))


def entry_address(request: HttpRequest, ticket: str) -> str:
    submission, _ = holder_of(ticket)
    return request.build_absolute_uri(reverse("embedded-enter", args=[entry_token(submission=submission)]))


def ticket_in_header(request: HttpRequest) -> str:
    given = request.headers.get("Authorization", "")
    return given.removeprefix(SCHEME) if given.startswith(SCHEME) else ""


def refuse_other_origins(request: HttpRequest) -> None:
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        raise ShownToUser("This is for our own page only.", code="other_origin", status=403)
