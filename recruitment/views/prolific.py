"""The page of an effort on Prolific: what to paste there, what its list said, and asking it again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import admin_required
from recruitment.channels.prolific import PERSON, SESSION, STUDY, ProlificChannel, ProlificSettings
from recruitment.channels.prolific_api import has_token, prolific_api
from recruitment.entrances import entrance_of
from recruitment.models import Effort, Submission
from recruitment.services.identities import last_purge_of
from recruitment.services.reconciling_jobs import ask_provider_soon, is_being_asked
from recruitment.views.efforts import effort_context

TAB = "effort-prolific"
PLACEHOLDERS = "&".join(f"{name}={{{{%{name}%}}}}" for name in (PERSON, STUDY, SESSION))


@require_safe
@admin_required
def effort_prolific(request: HttpRequest, effort_id: int) -> HttpResponse:
    effort = prolific_effort(effort_id)
    context = effort_context(effort, TAB) | {
        "study_address": study_address(request, effort),
        "chosen": ProlificSettings.of(effort),
        "has_token": has_token(),
        "is_being_asked": is_being_asked(effort=effort),
        "rows": state_rows(effort),
        "codes": code_counts(effort),
        "last_purge": last_purge_of(effort=effort),
    }
    return render(request, "recruitment/effort_prolific.html", context)


@require_POST
@admin_required
def prolific_ask(request: HttpRequest, effort_id: int) -> HttpResponse:
    """A worker asks; the page shows what it found when it is loaded again."""
    effort = prolific_effort(effort_id)
    prolific_api()  # says at once that no token is set
    ask_provider_soon(effort=effort)
    messages.success(request, "Prolific is being asked. Load this page again in a moment.")
    return redirect(TAB, effort.pk)


def prolific_effort(effort_id: int) -> Effort:
    return get_object_or_404(Effort, pk=effort_id, channel=ProlificChannel.name)


def study_address(request: HttpRequest, effort: Effort) -> str:
    """What Prolific calls the study's URL; its placeholders are filled in by Prolific."""
    path = entrance_of(effort=effort)
    return f"{request.build_absolute_uri(path)}?{PLACEHOLDERS}" if path else ""


def state_rows(effort: Effort) -> list[dict[str, Any]]:
    """How many submissions are in which state here, and what Prolific called that state last."""
    found = Counter(
        (state, str(details.get("provider_state", "not listed yet")).lower())
        for state, details in effort.submissions.values_list("state", "details")
    )
    order = list(Submission.State)
    rows = sorted(found.items(), key=lambda row: (order.index(Submission.State(row[0][0])), row[0][1]))
    return [
        {"state": Submission.State(state).label, "at_prolific": named, "count": count}
        for (state, named), count in rows
    ]


def code_counts(effort: Effort) -> Counter[str]:
    """With which code people finished; `none` is what Prolific calls NOCODE."""
    details = effort.submissions.values_list("details", flat=True)
    return Counter(str(found["code"]).replace(" ", "_") for found in details if "code" in found)
