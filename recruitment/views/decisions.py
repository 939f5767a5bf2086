"""Deciding submissions: the clear ones at once after a preview, the doubtful ones one at a time, sending, undo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import StaffRequest, admin_required
from core.errors import ShownToUser
from recruitment.desk import Desk, clear_total, desk_of, progress_of
from recruitment.forms.deciding import ConfirmedForm, VerdictForm
from recruitment.models import Decision, Effort, Submission
from recruitment.overview import number, only_file_of
from recruitment.proposals import Proposal, propose
from recruitment.proposals import decided as decisions_in_force
from recruitment.rules.deciding import rejected_takes
from recruitment.rules.reasons import message_for
from recruitment.services.decisions import (
    decide,
    decide_clear,
    fingerprint,
    send_decisions,
    undo_decision,
)
from recruitment.views.efforts import effort_context

PAGE = "effort-decisions"
ROWS_ON_A_PAGE = 50
DECIDED_AT_ONCE = 100  # so that no request takes long
SHOWN = ("clear", "doubtful", "decided")


@require_safe
@never_cache
@admin_required
def effort_decisions(request: HttpRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    proposals = propose(effort=effort)
    clear = [proposal for proposal in proposals if proposal.outcome.is_clear]
    doubtful = [proposal for proposal in proposals if not proposal.outcome.is_clear]
    decided = decisions_in_force(effort)
    shown = request.GET.get("show", "")
    if shown not in SHOWN:
        shown = first_shown(clear=len(clear), doubtful=len(doubtful), decided=decided.count())
    lines = {"clear": clear, "doubtful": doubtful, "decided": decided}[shown]
    context = effort_context(effort, PAGE) | {
        "shown": shown,
        "clear": len(clear),
        "doubtful": len(doubtful),
        "decided": decided.count(),
        "first_doubtful": doubtful[0].submission if doubtful else None,
        "progress": progress_of(effort),
        "only_file": only_file_of(effort),
        "page": page_of(request, lines),
    }
    return render(request, "recruitment/decisions.html", context)


def first_shown(*, clear: int, doubtful: int, decided: int) -> str:
    """The first list on which something can be done; before the first decision that is never the decided ones."""
    if clear or not (doubtful or decided):
        return "clear"
    return "doubtful" if doubtful else "decided"


@require_http_methods(["GET", "POST"])
@never_cache
@admin_required
def effort_decide_clear(request: StaffRequest, effort_id: int) -> HttpResponse:
    """First the list of all that would be decided, then, with the same list, the decisions, some at a time."""
    effort = get_object_or_404(Effort, pk=effort_id)
    form = ConfirmedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        step = form.cleaned_data
        now, later = step["confirmed"][:DECIDED_AT_ONCE], step["confirmed"][DECIDED_AT_ONCE:]
        decided, changed = decide_clear(effort=effort, confirmed=set(now), actor=request.user)
        progress = {"decided": decided + step["decided"], "changed": changed + step["changed"]}
        if later:
            total = len(later) + sum(progress.values())
            context = effort_context(effort, PAGE) | {"later": later, "total": total, **progress}
            return render(request, "recruitment/decisions_going_on.html", context)
        return all_decided(request, effort_id, **progress)
    clear = [proposal for proposal in propose(effort=effort) if proposal.outcome.is_clear]
    context = effort_context(effort, PAGE) | {
        "proposals": clear,
        "confirmed": " ".join(map(fingerprint, clear)),
        "total": clear_total(effort, clear),
    }
    return render(request, "recruitment/decisions_confirm.html", context)


def all_decided(request: HttpRequest, effort_id: int, *, decided: int, changed: int) -> HttpResponse:
    messages.success(request, f"{number(decided, 'submission')} decided.", extra_tags="good")
    if changed:
        said = f"{number(changed, 'submission')} changed since the preview and stayed as before."
        messages.warning(request, said, extra_tags="warn")
    address = f"{reverse(PAGE, args=[effort_id])}?show=decided"
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


@require_safe
@never_cache
@admin_required
def effort_submission(request: HttpRequest, effort_id: int, public_id: UUID) -> HttpResponse:
    submission = get_object_or_404(Submission, effort=effort_id, public_id=public_id)
    desk = desk_of(submission)
    return show_desk(request, desk, form=VerdictForm(takes=len(desk.proposal.takes)))


@require_http_methods(["GET", "POST"])
@admin_required
def submission_decide(request: StaffRequest, effort_id: int, public_id: UUID) -> HttpResponse:
    """On to the next doubtful one at once; a refusal shows this one again with the reason.

    That page stands at this address, so somebody who opens it again is led to the submission.
    """
    submission = get_object_or_404(Submission, effort=effort_id, public_id=public_id)
    if request.method == "GET":
        return redirect("effort-submission", effort_id, public_id)
    desk = desk_of(submission)
    form = VerdictForm(request.POST, takes=len(desk.proposal.takes))
    if not form.is_valid():
        return show_desk(request, desk, form=form, status=422)
    try:
        decide(submission=submission, actor=request.user, **verdict_of(form, desk.proposal))
    except ShownToUser as refusal:
        form.add_error(None, refusal.message)
        return show_desk(request, desk, form=form, status=refusal.status)
    said = "Approved." if form.cleaned_data["verdict"] == Decision.Verdict.APPROVE else "Rejected."
    messages.success(request, said, extra_tags="good")
    if desk.following:
        return redirect("effort-submission", effort_id, desk.following)
    return redirect(PAGE, effort_id)


def verdict_of(form: VerdictForm, proposal: Proposal) -> dict[str, str]:
    """What `decide` needs; the message of a rejection names the takes that review rejected."""
    if form.cleaned_data["verdict"] == Decision.Verdict.APPROVE:
        return {"verdict": Decision.Verdict.APPROVE.value}
    code, own_words = form.cleaned_data["reason_code"], form.cleaned_data["own_words"]
    message = message_for(code=code, takes=rejected_takes(proposal.takes), own_words=own_words)
    return {"verdict": Decision.Verdict.REJECT.value, "reason_code": code, "message": message}


@require_http_methods(["GET", "POST"])
@admin_required
def decision_undo(request: StaffRequest, effort_id: int, decision_id: int) -> HttpResponse:
    """Opened instead of sent, the address leads to the submission and undoes nothing."""
    decision = get_object_or_404(Decision, submission__effort=effort_id, pk=decision_id)
    if request.method == "GET":
        return redirect("effort-submission", effort_id, decision.submission.public_id)
    try:
        undo_decision(decision=decision, actor=request.user)
    except ShownToUser as refusal:
        messages.error(request, refusal.message, extra_tags="bad")
        return redirect(f"{reverse(PAGE, args=[effort_id])}?show=decided")
    messages.success(request, "Undone: the submission waits for a decision again.", extra_tags="good")
    return redirect("effort-submission", effort_id, decision.submission.public_id)


@require_POST
@admin_required
def decisions_send(request: StaffRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    sent = send_decisions(effort=effort, actor=request.user)
    said = f"{number(sent, 'decision')} on the way." if sent else "Nothing waits to be sent."
    messages.success(request, said, extra_tags="good")
    return redirect(f"{reverse(PAGE, args=[effort_id])}?show=decided")


@require_safe
@never_cache
@admin_required
def decisions_progress(request: HttpRequest, effort_id: int) -> HttpResponse:
    """A fragment that asks for itself again until nothing is on its way."""
    effort = get_object_or_404(Effort, pk=effort_id)
    context = effort_context(effort, PAGE) | {
        "progress": progress_of(effort),
        "only_file": only_file_of(effort),
    }
    return render(request, "recruitment/decisions_progress.html", context)


def show_desk(request: HttpRequest, desk: Desk, *, form: VerdictForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = effort_context(desk.effort, PAGE) | {"desk": desk, "form": form}
    return render(request, "recruitment/decisions_desk.html", context, status=status)


def page_of(request: HttpRequest, lines: Any) -> Any:
    return Paginator(lines, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
