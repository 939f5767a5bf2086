"""The models of this site, for researchers: what each is, how good it was measured to be, and which are in use."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import StaffRequest, researcher_required
from core.errors import ShownToUser
from core.models import Job, JobState
from evaluation.registry.forms import BundleForm, CheckpointForm
from evaluation.registry.models import CheckpointImport, ModelBundle
from evaluation.registry.score_tables import card_without_scores, score_tables
from evaluation.registry.services.archives import add_bundle
from evaluation.registry.services.bundles import activate_bundle, make_default, retire_bundle
from evaluation.registry.services.checkpoints import IMPORT, ask_import
from evaluation.registry.upload_handlers import CappedUpload

IMPORTS_SHOWN = 10
CHANGES: dict[str, tuple[Callable[..., ModelBundle], str]] = {
    "use": (make_default, "is in use now."),
    "retire": (retire_bundle, "is retired. Its results stay."),
    "activate": (activate_bundle, "is active again."),
}


@require_safe
@researcher_required
def bundle_list(request: HttpRequest) -> HttpResponse:
    newest_last = F("retired_at").asc(nulls_first=True)
    bundles = ModelBundle.objects.with_counts().order_by(
        newest_last, "-kind", "-is_default", "name", "-registered_at"
    )
    unfinished = CheckpointImport.objects.exclude(state=CheckpointImport.State.DONE).order_by("-asked_at")
    context = {"bundles": bundles, "imports": unfinished[:IMPORTS_SHOWN]}
    return render(request, "registry/bundles.html", context)


@csrf_exempt  # the handler must be chosen before the body is read, which the check of the token does
@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def bundle_add(request: StaffRequest) -> HttpResponse:
    """Bring a bundle as a zip."""
    request.upload_handlers = [CappedUpload(request)]
    return show_or_add(request, BundleForm, keep_bundle_of)


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
@researcher_required
def checkpoint_add(request: StaffRequest) -> HttpResponse:
    """Bring a checkpoint of another toolkit as a zip."""
    request.upload_handlers = [CappedUpload(request)]
    return show_or_add(request, CheckpointForm, keep_checkpoint_of)


@csrf_protect
@never_cache
def show_or_add(
    request: StaffRequest,
    form_class: type[BundleForm],
    keep: Callable[[StaffRequest, BundleForm], HttpResponse],
) -> HttpResponse:
    form = form_class(request.POST, request.FILES) if request.method == "POST" else form_class()
    if form.is_valid():
        try:
            return keep(request, form)
        except ShownToUser as refusal:
            form.add_error("file", refusal.message)
    context = {"form": form, "is_checkpoint": form_class is CheckpointForm}
    return render(request, "registry/add.html", context, status=422 if form.is_bound else 200)


def keep_bundle_of(request: StaffRequest, form: BundleForm) -> HttpResponse:
    row, is_new = add_bundle(file=form.cleaned_data["file"], actor=request.user)
    words = "is registered. Put it in use when you like." if is_new else "was here already: same digest."
    messages.success(request, f"{row} {words}", extra_tags="good")
    return redirect("bundle", row.digest)


def keep_checkpoint_of(request: StaffRequest, form: BundleForm) -> HttpResponse:
    row = ask_import(file=form.cleaned_data["file"], choices=form.cleaned_data, actor=request.user)
    return redirect("checkpoint", row.public_id)


@never_cache
@require_safe
@researcher_required
def checkpoint_page(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """How far a conversion is; the page asks again while it goes on."""
    row = get_object_or_404(CheckpointImport.objects.select_related("bundle"), public_id=import_id)
    job = Job.objects.filter(kind=IMPORT, subject_key=str(import_id)).first()
    context = {
        "row": row,
        "is_running": job is not None and job.state == JobState.RUNNING,
        "is_stuck": job is None or job.state in (JobState.QUARANTINED, JobState.CANCELLED),
    }
    template = "checkpoint_state.html" if request.GET.get("part") else "checkpoint.html"
    return render(request, f"registry/{template}", context)


@require_safe
@researcher_required
def bundle_page(request: HttpRequest, digest: str) -> HttpResponse:
    """Everything that is known of one model."""
    bundle = get_object_or_404(ModelBundle.objects.with_counts(), digest=digest)
    config = bundle.description.get("config")
    context = {
        "bundle": bundle,
        "card": card_without_scores(bundle.card),
        "score_tables": score_tables(bundle.description.get("scores") or {}),
        "config": json.dumps(config, indent=2, sort_keys=True) if config else "",
        "in_use": ModelBundle.objects.in_use_like(bundle).exclude(pk=bundle.pk).first(),
    }
    return render(request, "registry/bundle.html", context)


@require_POST
@researcher_required
def bundle_change(request: StaffRequest, digest: str) -> HttpResponse:
    """Put in use, retire or activate."""
    bundle = get_object_or_404(ModelBundle, digest=digest)
    chosen = request.POST.get("change", "")
    if chosen not in CHANGES:
        known = ", ".join(CHANGES)
        raise ShownToUser(f"The change is '{chosen[:20]}'; send one of {known}.", field="change")
    change, words = CHANGES[chosen]
    try:
        messages.success(request, f"{change(bundle=bundle, actor=request.user)} {words}", extra_tags="good")
    except ShownToUser as refusal:
        messages.error(request, refusal.message, extra_tags="bad")
    return redirect("bundle", digest)
