"""Pages of releases, for admins, and the public list of what was withdrawn."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import StaffRequest, admin_required
from accounts.services.audit import record_action
from core.errors import ShownToUser
from core.http import ServedObject, ranged_response
from releases.documents import as_lines
from releases.forms import ReleaseForm
from releases.models import Release, WithdrawnRecording
from releases.overview import list_candidates, list_releases
from releases.services.publishing import GZIP, request_release, retry_release


@require_safe
@admin_required
def release_list(request: HttpRequest) -> HttpResponse:
    """All releases; htmx asks for the table alone while something is being built."""
    lines = list_releases()
    building = any(line.release.is_building and not line.has_failed for line in lines)
    context = {"lines": lines, "candidates": list_candidates(), "building": building}
    template = "releases/table.html" if request.headers.get("HX-Request") else "releases/list.html"
    return render(request, template, context)


@require_POST
@admin_required
def release_new(request: StaffRequest) -> HttpResponse:
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        field, reasons = next(iter(form.errors.items()))
        raise ShownToUser(
            f"{field}: {reasons[0]} Please choose a campaign and write a version such as 0.1.0."
        )
    release = request_release(
        campaign=form.cleaned_data["campaign"],
        version=form.cleaned_data["version"],
        requested_by=request.user,
    )
    messages.success(request, f"{release} is being built.", extra_tags="good")
    return redirect("release-list")


@require_POST
@admin_required
def release_retry(request: StaffRequest, slug: str, version: str) -> HttpResponse:
    release = retry_release(release=find_release(slug, version), actor=request.user)
    messages.success(request, f"{release} is being built again.", extra_tags="good")
    return redirect("release-list")


@require_safe
@admin_required
def release_download(request: StaffRequest, slug: str, version: str) -> HttpResponseBase:
    """The archive, in ranges, so that a broken download can go on."""
    release = find_release(slug, version)
    if not release.is_ready:
        raise ShownToUser(
            f"{release} cannot be downloaded: it is {release.get_state_display().lower()}. "
            "A retracted release held a recording that was withdrawn; please build the next version.",
            code="release_not_ready",
            status=409 if release.is_building else 410,
        )
    if request.method == "GET" and "Range" not in request.headers:
        record_action(actor=request.user, action="release.download", subject=release.audit_subject)
    served = ServedObject(
        key=release.archive_key,
        byte_length=release.archive_bytes,
        sha256=release.archive_sha256,
        content_type=GZIP,
        download_name=release.archive_name,
    )
    return ranged_response(request, served=served)


@require_safe
def withdrawals(request: HttpRequest) -> HttpResponse:
    """Public, at an address that never changes: what users of any release must drop."""
    lines = as_lines(row.as_published() for row in WithdrawnRecording.objects.order_by("withdrawn_at", "id"))
    response = HttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=60"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def find_release(slug: str, version: str) -> Release:
    return get_object_or_404(Release.objects.select_related("campaign"), campaign__slug=slug, version=version)
