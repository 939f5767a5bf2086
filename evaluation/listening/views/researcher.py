"""Researchers make studies, share their links and read what they found."""

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.permissions import StaffRequest, researcher_required
from core.errors import ShownToUser
from core.http import ranged_response
from evaluation.listening.export import ratings_as_csv
from evaluation.listening.forms import NewStudyForm
from evaluation.listening.models import Study
from evaluation.listening.overview import list_studies, models_compared
from evaluation.listening.results import StudyResults, study_results
from evaluation.listening.rules.scatter import Plotted, Scatter, draw_scatter
from evaluation.listening.selection import available_recordings
from evaluation.listening.services.studies import close_study, create_study_from_selection, open_study
from evaluation.listening.signals import signal_of


@researcher_required
@require_GET
def study_list(request: StaffRequest) -> HttpResponse:
    return render(request, "listening/study_list.html", {"studies": list_studies(user=request.user)})


@researcher_required
@require_http_methods(["GET", "POST"])
def study_new(request: StaffRequest) -> HttpResponse:
    form = NewStudyForm(request.POST or None)
    if form.is_valid():
        try:
            study = create_study_from_selection(
                title=form.cleaned_data["title"],
                instructions=form.cleaned_data["instructions"],
                selection=form.selection(),
                created_by=request.user,
            )
            return redirect("study-results", study.slug)
        except ShownToUser as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    context = {"form": form, "available": available_recordings()}
    return render(request, "listening/study_new.html", context, status=400 if form.is_bound else 200)


@researcher_required
@require_GET
def study_page(request: StaffRequest, slug: str) -> HttpResponse:
    study = find_study(request, slug)
    results = study_results(study=study)
    context = {
        "study": study,
        "results": results,
        "scatter": scatter_of(results),
        "models": models_compared(study=study),
        "link": request.build_absolute_uri(reverse("listen-begin", args=[slug])),
    }
    return render(request, "listening/study_results.html", context)


@researcher_required
@require_POST
def study_open(request: StaffRequest, slug: str) -> HttpResponse:
    open_study(study=find_study(request, slug), actor=request.user)
    return redirect("study-results", slug)


@researcher_required
@require_POST
def study_close(request: StaffRequest, slug: str) -> HttpResponse:
    close_study(study=find_study(request, slug), actor=request.user)
    return redirect("study-results", slug)


@researcher_required
@require_GET
def study_ratings(request: StaffRequest, slug: str) -> HttpResponse:
    study = find_study(request, slug)
    response = HttpResponse(ratings_as_csv(study=study), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="ratings-{study.slug}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@researcher_required
@require_GET
def trial_players(request: StaffRequest, slug: str, trial: UUID) -> HttpResponse:
    """A fragment: what listeners hear in this trial, with waveforms."""
    found = get_object_or_404(find_study(request, slug).trials.presentable(), public_id=trial)
    stems = found.separation.stems.all()
    context = {
        "study_slug": slug,
        "trial": found,
        "stems": [(stem, json.dumps(stem.peaks)) for stem in stems],
    }
    return render(request, "listening/trial_players.html", context)


@researcher_required
@require_safe
def trial_signal(request: StaffRequest, slug: str, trial: UUID, number: int) -> HttpResponseBase:
    found = get_object_or_404(find_study(request, slug).trials.presentable(), public_id=trial)
    served = signal_of(trial=found, number=number)
    if served is None:
        raise Http404
    return ranged_response(request, served=served)


def find_study(request: HttpRequest, slug: str) -> Study:
    studies = Study.objects.visible_to(request.user).select_related("effort", "estimator", "created_by")
    return get_object_or_404(studies, slug=slug)


def scatter_of(results: StudyResults) -> Scatter | None:
    return draw_scatter(
        trials=[
            Plotted(number=result.number, si_snr_db=result.si_snr_db, opinion=result.opinion)
            for result in results.compared
            if result.si_snr_db is not None
        ]
    )
