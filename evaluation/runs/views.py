"""Results of a recording for whoever may see the recording: an HTML fragment, stems and their pictures."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from collection.permissions import visible_recording
from core.http import ServedObject, ranged_response
from evaluation.runs.models import Stem
from evaluation.runs.results import results_of, shown_stem

PARTS = {"all": "runs/results.html", "stems": "runs/stems.html", "estimate": "runs/estimate.html"}


@require_safe
@never_cache
def results(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The whole fragment, or the part of it that waits and asks again every few seconds."""
    recording = visible_recording(request, public_id)
    part, source = request.GET.get("part", "all"), request.GET.get("source", "")
    if part not in PARTS:
        raise Http404
    found = results_of(recording)
    is_staff = request.user.is_authenticated
    context = {"recording": recording, "results": found, "shows_causes": is_staff, "shows_details": is_staff}
    if part == "estimate":
        context["result"] = next(
            (item for item in found.stems if str(item.stem.source_number) == source), None
        )
        if context["result"] is None:
            raise Http404
    return render(request, PARTS[part], context)


@require_safe
def stem_audio(request: HttpRequest, public_id: UUID, source_number: int) -> HttpResponseBase:
    stem = _visible_stem(request, public_id, source_number)
    served = ServedObject(
        key=stem.object_key, byte_length=stem.byte_length, sha256=stem.sha256, content_type="audio/flac"
    )
    return ranged_response(request, served=served)


@require_safe
def stem_spectrogram(request: HttpRequest, public_id: UUID, source_number: int) -> HttpResponseBase:
    stem = _visible_stem(request, public_id, source_number)
    served = ServedObject(
        key=stem.spectrogram_key,
        byte_length=stem.spectrogram_bytes,
        sha256=stem.spectrogram_sha256,
        content_type="image/png",
    )
    return ranged_response(request, served=served)


def _visible_stem(request: HttpRequest, public_id: UUID, source_number: int) -> Stem:
    stem = shown_stem(visible_recording(request, public_id), source_number=source_number)
    if stem is None:
        raise Http404
    return stem
