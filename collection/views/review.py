"""The reviewer's desk: what waits, one recording with all that is known of it, and the decision."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import reviewer_required
from collection.models import Recording
from collection.review_forms import DecisionForm
from collection.review_queue import flag_counts, neighbours, next_waiting, queue, waiting_sessions
from collection.review_rules import capture_facts
from collection.services.reviews import accept, may_undo, reject, review_in_force, said_by, undo
from core.errors import ShownToUser

DEFERRED = "review_deferred"
LAST_DECIDED = "review_last_decided"


@require_safe
@never_cache
@reviewer_required
def review_queue(request: HttpRequest) -> HttpResponse:
    flag = request.GET.get("flag", "")
    context = {
        "sessions": waiting_sessions(flag=flag),
        "waiting": queue(flag=flag).count(),
        "flag": flag,
        "flags": flag_counts(),
        "deferred": request.session.get(DEFERRED, []),
        "last_decided": _last_decided(request),
    }
    return render(request, "review/queue.html", context)


@require_safe
@never_cache
@reviewer_required
def review_recording(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _show(request, _recording(public_id), form=DecisionForm())


@require_POST
@reviewer_required
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """On to the next recording at once; a refusal shows this one again with the reason."""
    recording = _recording(public_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _show(request, recording, form=form, status=400)
    try:
        _carry_out(request, recording, form)
    except ShownToUser as refusal:
        form.add_error(None, refusal.message)
        return _show(request, recording, form=form, status=refusal.status)
    following = next_waiting(recording, deferred=request.session.get(DEFERRED, []))
    return redirect("review-recording", following) if following else redirect("review-queue")


@require_POST
@reviewer_required
def undo_decision(request: HttpRequest, public_id: UUID) -> HttpResponse:
    recording = _recording(public_id)
    try:
        undo(recording=recording, reviewer=_reviewer(request))
    except ShownToUser as refusal:
        messages.error(request, refusal.message, extra_tags="bad")
    else:
        messages.success(request, f"{recording.mixture_name} waits for a decision again.", extra_tags="good")
        request.session.pop(LAST_DECIDED, None)
    return redirect("review-recording", public_id)


def _carry_out(request: HttpRequest, recording: Recording, form: DecisionForm) -> None:
    deferred = [other for other in request.session.get(DEFERRED, []) if other != str(recording.public_id)]
    reviewer = _reviewer(request)
    match form.cleaned_data["decision"]:
        case "accepted":
            accept(recording=recording, reviewer=reviewer)
        case "rejected":
            reject(recording=recording, reviewer=reviewer, reason=form.reason_given)
        case _:
            deferred.append(str(recording.public_id))
    request.session[DEFERRED] = deferred
    request.session[LAST_DECIDED] = str(recording.public_id)


def _show(
    request: HttpRequest, recording: Recording, *, form: DecisionForm, status: int = 200
) -> HttpResponse:
    review = review_in_force(recording)
    previous, following = neighbours(recording, deferred=request.session.get(DEFERRED, []))
    context = {
        "recording": recording,
        "form": form,
        "review": review,
        "review_said": said_by(review) if review else "",
        "may_undo": review is not None and may_undo(review, _reviewer(request)),
        "flags": recording.quality_flags.order_by("-severity", "code"),
        "facts": capture_facts(recording.capture),
        "previous": previous,
        "following": following,
        "waiting": queue().count(),
        "last_decided": _last_decided(request),
    }
    return render(request, "review/recording.html", context, status=status)


def _recording(public_id: UUID) -> Recording:
    rows = Recording.objects.kept().select_related("participation__campaign", "assignment__prompt")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _last_decided(request: HttpRequest) -> Recording | None:
    """What this reviewer can still take back with one key."""
    public_id = request.session.get(LAST_DECIDED)
    rows = Recording.objects.kept().select_related("participation")
    last = rows.filter(public_id=public_id).first() if public_id else None
    review = review_in_force(last) if last else None
    return last if review and may_undo(review, _reviewer(request)) else None


def _reviewer(request: HttpRequest) -> User:
    return cast(User, request.user)
