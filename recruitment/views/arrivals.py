"""Exchanging the address a platform sends people with for a clean one, before anything is shown."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from core.errors import ShownToUser
from recruitment.models import Effort
from recruitment.services.arrivals import receive_arrival, refuse_strangers


class SeeOther(HttpResponseRedirect):
    status_code = 303


def exchange_arrival(request: HttpRequest, *, effort: Effort) -> HttpResponse | None:
    """The answer where the address names somebody: a redirect, or why they cannot take part. Else None."""
    if not request.GET:
        return None
    answer: HttpResponse = SeeOther(request.path)
    try:
        if receive_arrival(session=request.session, effort=effort, parameters=request.GET) is None:
            return None
    except ShownToUser as refusal:
        context = {"effort": effort, "refusal": refusal}
        answer = render(request, "recruitment/not_admitted.html", context, status=refusal.status)
    return sealed_off(answer)


def answer_at_the_door(request: HttpRequest, *, effort: Effort, is_inside: bool) -> HttpResponse | None:
    """What a page on which people begin answers before anything else: see `exchange_arrival` and
    `turn_strangers_away`. None for those who have begun already and those who may."""
    exchanged = exchange_arrival(request, effort=effort)
    if exchanged is not None or is_inside:
        return exchanged
    return turn_strangers_away(request, effort=effort)


def turn_strangers_away(request: HttpRequest, *, effort: Effort) -> HttpResponse | None:
    """A kind page for somebody who did not come by the platform, where people come by one only. Else None."""
    refusal = refusal_of_strangers(request, effort=effort)
    if refusal is None:
        return None
    context = {"effort": effort, "refusal": refusal}
    return render(request, "recruitment/not_admitted.html", context, status=refusal.status)


def refusal_of_strangers(request: HttpRequest, *, effort: Effort) -> ShownToUser | None:
    try:
        refuse_strangers(session=request.session, effort=effort, is_staff=is_staff(request))
    except ShownToUser as refusal:
        return refusal
    return None


def is_staff(request: HttpRequest) -> bool:
    """Only staff have accounts."""
    return request.user.is_authenticated


def sealed_off(answer: HttpResponse) -> HttpResponse:
    """The address that was asked for goes nowhere from here: no referrer, no cache."""
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
