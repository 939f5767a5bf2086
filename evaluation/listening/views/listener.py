"""Listeners follow a link, agree, hear one trial at a time and rate it; nothing tells them who made it."""

from collections.abc import Iterable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from core.errors import ShownToUser
from core.http import ranged_response
from evaluation.listening.models import Study, Trial
from evaluation.listening.rules.voting import HEARD_FRACTION, SCALE
from evaluation.listening.services.listeners import begin_listening, refuse_unless_open
from evaluation.listening.services.trials import next_trial, progress_of, rate_trial
from evaluation.listening.signals import signal_of
from recruitment.models import Participant
from recruitment.services.arrivals import (
    departure_of,
    departure_of_latecomer,
    early_departure_of,
    enter_once,
    shown_stamps,
)
from recruitment.services.withdrawals import show_withdrawal_code
from recruitment.sessions import recall_participant
from recruitment.views.arrivals import answer_at_the_door, is_staff


@never_cache
@require_http_methods(["GET", "POST"])
def listen_begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Instructions and consent; whoever has agreed before goes on where they stopped."""
    study = get_object_or_404(Study, slug=slug)
    listener = recall_participant(session=request.session, effort=study.effort)
    is_inside = listener is not None or not study.is_open
    answered = answer_at_the_door(request, effort=study.effort, is_inside=is_inside)
    if answered is not None:
        return answered
    if listener is not None:
        return redirect("listen-next", slug)
    try:
        refuse_unless_open(study)
    except ShownToUser as closed:
        return not_open(request, study, closed)
    refusal = take_in(request, study) if request.method == "POST" else None
    if request.method == "POST" and refusal is None:
        return redirect("listen-next", slug)
    context = {
        "study": study,
        "consent_text": study.effort.consent_texts.first(),
        "refusal": refusal,
        "departure": early_departure_of(effort=study.effort, has_consented=False),
    }
    return render(request, "listening/begin.html", context, status=400 if refusal else 200)


@never_cache
@require_GET
def listen_next(request: HttpRequest, slug: str) -> HttpResponse:
    """The trial in front of this listener; a reload shows the same one."""
    study = get_object_or_404(Study, slug=slug)
    listener = recall_participant(session=request.session, effort=study.effort)
    if listener is None:
        return redirect("listen-begin", slug)
    if not study.is_open:
        return redirect("listen-finished", slug)
    trial = next_trial(study=study, participant=listener)
    if trial is None:
        return redirect("listen-finished", slug)
    context = {
        "study": study,
        "trial": trial,
        "signal_numbers": range(trial.separation.stems.count() + 1),
        "scale": SCALE,
        "heard_fraction": HEARD_FRACTION,
        "progress": progress_of(study=study, participant=listener),
    }
    return render(request, "listening/trial.html", context)


@require_POST
def listen_rate(request: HttpRequest, slug: str) -> JsonResponse:
    """One vote; sent again after a lost answer it is the same vote."""
    study = get_object_or_404(Study, slug=slug)
    try:
        listener = known_listener(request, study=study)
        rating = rate_trial(
            trial=find_trial(study=study, public_id=request.POST.get("trial", "")),
            participant=listener,
            score=whole_number(request.POST.get("score", ""), field="score"),
            signals_played=whole_numbers(request.POST.getlist("played")),
        )
    except ShownToUser as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.status)
    return JsonResponse(
        {"state": "rated", "score": rating.score, "next": reverse("listen-next", args=[slug])}
    )


@never_cache
@require_GET
def listen_finished(request: HttpRequest, slug: str) -> HttpResponse:
    """Thanks, and the code that takes the ratings back."""
    study = get_object_or_404(Study, slug=slug)
    listener = recall_participant(session=request.session, effort=study.effort)
    if listener is None:
        return redirect("listen-begin", slug)
    progress = progress_of(study=study, participant=listener)
    has_more = study.is_open and progress.rated < progress.total
    context = {
        "study": study,
        "progress": progress,
        "departure": departure_of(participant=listener, has_more_work=has_more),
        "stamps": shown_stamps(participant=listener),
        "withdrawal_code": show_withdrawal_code(participant=listener),
    }
    return render(request, "listening/finished.html", context)


@require_safe
def listen_signal(request: HttpRequest, slug: str, trial: UUID, number: int) -> HttpResponseBase:
    """The sound of a trial that was shown to this listener; for everybody else there is nothing here."""
    study = get_object_or_404(Study, slug=slug)
    listener = recall_participant(session=request.session, effort=study.effort)
    if listener is None or not study.is_open:
        raise Http404
    shown = study.trials.presentable().filter(presentations__participant=listener)
    served = signal_of(trial=get_object_or_404(shown, public_id=trial), number=number)
    if served is None:
        raise Http404
    return ranged_response(request, served=served)


def not_open(request: HttpRequest, study: Study, closed: ShownToUser) -> HttpResponse:
    departure = departure_of_latecomer(session=request.session, effort=study.effort)
    context = {"study": study, "reason": closed.message, "departure": departure}
    return render(request, "listening/not_open.html", context, status=closed.status)


def take_in(request: HttpRequest, study: Study) -> ShownToUser | None:
    """They agreed: a listener of their own, bound to the submission they came with. Else why not."""
    try:
        enter_once(
            session=request.session,
            effort=study.effort,
            begin=lambda: begin_listening(study=study, consented="consent" in request.POST),
            is_staff=is_staff(request),
        )
    except ShownToUser as refusal:
        return refusal
    return None


def known_listener(request: HttpRequest, *, study: Study) -> Participant:
    listener = recall_participant(session=request.session, effort=study.effort)
    if listener is None:
        raise ShownToUser(
            "This browser has not begun the study, or its ratings were withdrawn. Please follow the link again.",
            code="not_a_listener",
            status=404,
        )
    return listener


def find_trial(*, study: Study, public_id: str) -> Trial:
    try:
        return study.trials.select_related("study", "separation__recording").get(public_id=UUID(public_id))
    except (ValueError, Trial.DoesNotExist):
        raise ShownToUser(
            "This recording was not shown to you, so you cannot rate it.", code="not_presented", status=404
        ) from None


def whole_number(text: str, *, field: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ShownToUser(
            f"The {field} is '{text[:20]}'; send a whole number.", code="not_a_number", field=field
        ) from None


def whole_numbers(texts: Iterable[str]) -> set[int]:
    return {whole_number(text, field="played") for text in texts}
