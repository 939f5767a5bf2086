"""Pages of results files: choose one, say what its columns mean, look at every row, apply it, export it decided."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import StaffRequest, admin_required
from core.errors import ShownToUser
from recruitment.channels import channel_named
from recruitment.entrances import entrance_of
from recruitment.forms.results_files import ColumnsForm, ResultsFileForm
from recruitment.imports_overview import (
    counts_found,
    counts_of,
    decided_counts,
    files_of,
    lines_of,
    misread_cells,
    page_of,
    page_with_line,
)
from recruitment.models import Effort, ProviderFile
from recruitment.overview import number
from recruitment.rules.marks import Mark
from recruitment.rules.results_columns import choose, is_mturk
from recruitment.rules.results_file import read_results
from recruitment.services.decided_files import export_file
from recruitment.services.paid_twice import may_be_paid_twice, refuse_paying_twice
from recruitment.services.provider_files import (
    choose_columns,
    confirm_mistyped,
    confirm_row,
    content_of,
    discard_file,
    match_file,
    read_file,
    remembered_names,
)
from recruitment.services.row_submissions import apply_file, undo_file
from recruitment.upload_handlers import InMemoryUpload
from recruitment.views.efforts import effort_context

TAB = "effort-import"
SAMPLE_ROWS = 3


@csrf_exempt  # the handler must be chosen before the body is read, which the check of the token does
@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def effort_import(request: StaffRequest, effort_id: int) -> HttpResponse:
    """Choose a file; below it the files that came before."""
    request.upload_handlers = [InMemoryUpload(request)]
    return show_or_keep(request, effort_id)


@csrf_protect
@never_cache
def show_or_keep(request: StaffRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    if TAB not in dict(channel_named(effort.channel).pages):
        raise Http404
    form = ResultsFileForm(request.POST, request.FILES) if request.method == "POST" else ResultsFileForm()
    if form.is_valid():
        try:
            return keep_upload(request, effort, form)
        except ShownToUser as refusal:
            form.add_error("file", refusal.message)
    path = entrance_of(effort=effort)
    context = effort_context(effort, TAB) | {
        "form": form,
        "files": files_of(effort),
        "address": request.build_absolute_uri(path) if path else "",
    }
    return render(request, "recruitment/imports.html", context, status=422 if form.is_bound else 200)


def keep_upload(request: StaffRequest, effort: Effort, form: ResultsFileForm) -> HttpResponse:
    upload = form.cleaned_data["file"]
    kept, is_new = read_file(
        effort=effort, file_name=PurePath(upload.name).name, data=upload.read(), actor=request.user
    )
    if not is_new:
        messages.info(
            request, f"These bytes came before, on {kept.uploaded_at:%-d %B %Y}: it is the same file."
        )
    return redirect("import-file", effort.pk, kept.public_id)


@never_cache
@require_safe
@admin_required
def import_file(request: HttpRequest, effort_id: int, file_id: UUID) -> HttpResponse:
    """Every row with its mark, fifty on a page; what was found, once the content is purged."""
    file = find_file(effort_id, file_id)
    context = effort_context(file.effort, TAB) | {"file": file, "decided": decided_counts(file)}
    if file.purged_at:
        return render(request, "recruitment/import_purged.html", context | {"counts": counts_found(file)})
    if "person" not in file.columns:
        return redirect("import-columns", effort_id, file_id)
    return render(request, "recruitment/import_file.html", context | rows_context(request, file))


def rows_context(request: HttpRequest, file: ProviderFile) -> dict[str, Any]:
    matched = match_file(provider_file=file)
    counts = counts_of(row.marked.mark for row in matched.rows)
    asked = request.GET.get("mark", "")
    wanted = asked if asked in {count.name for count in counts} else ""
    number = request.GET.get("page") or page_with_line(matched, request.GET.get("line", ""))
    page = page_of(matched, wanted=wanted, number=number)
    return {
        "counts": counts,
        "wanted": next((count for count in counts if count.name == wanted), None),
        "page": page,
        "lines": lines_of(page, columns=matched.columns, provider_file=file),
        "rows": len(matched.rows),
        "misread": misread_cells(matched),
        "claims": sum(len(row.marked.claims) for row in matched.rows),
        "is_mturk": is_mturk(matched.results.header),
        "may_be_paid_twice": may_be_paid_twice(provider_file=file),
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def import_columns(request: StaffRequest, effort_id: int, file_id: UUID) -> HttpResponse:
    """Which column means what, beside the first rows; remembered for the next file."""
    file = find_file(effort_id, file_id)
    results = read_results(content_of(file))
    form = ColumnsForm(request.POST or None, header=results.header, remembered=remembered_names(file.effort))
    if request.method == "POST" and form.is_valid():
        try:
            choose(results.header, names=form.cleaned_data)
        except ShownToUser as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            choose_columns(provider_file=file, names=form.cleaned_data, actor=request.user)
            return redirect("import-file", effort_id, file_id)
    rows = [row for row, _ in zip(results.data_rows(), range(SAMPLE_ROWS), strict=False)]
    sample = [[row.text(place) for place in range(len(results.header))] for row in rows]
    context = {"file": file, "form": form, "header": results.header, "sample": sample}
    status = 422 if form.is_bound else 200
    return render(
        request, "recruitment/import_columns.html", effort_context(file.effort, TAB) | context, status=status
    )


@require_POST
@admin_required
def import_confirm(request: StaffRequest, effort_id: int, file_id: UUID) -> HttpResponse:
    """Give the stamps of one row to its person, or take that back; the same page is shown again."""
    noted = note_confirmed(request, find_file(effort_id, file_id))
    messages.success(request, f"{noted} Nothing is used before the file is applied.", extra_tags="good")
    page, mark = request.POST.get("page", ""), request.POST.get("mark", "")
    shown = {
        "page": page if page.isascii() and page.isdigit() else "",
        "mark": mark if mark in set(Mark) else "",
    }
    query = urlencode({name: value for name, value in shown.items() if value})
    return redirect(f"{reverse('import-file', args=[effort_id, file_id])}?{query}")


def note_confirmed(request: StaffRequest, file: ProviderFile) -> str:
    """What was noted, as a sentence."""
    line = request.POST.get("line", "")
    if line == "mistyped":
        count = confirm_mistyped(provider_file=file, actor=request.user)
        given = number(count, "mistyped stamp is", "mistyped stamps are")
        return f"{given} given to {'its person' if count == 1 else 'their people'}."
    if not (line.isascii() and line.isdigit()):
        raise ShownToUser(
            f"The line is '{line[:20]}'; send a whole number.", code="not_a_number", field="line"
        )
    is_confirmed = request.POST.get("confirmed") == "1"
    confirm_row(provider_file=file, line=int(line), is_confirmed=is_confirmed, actor=request.user)
    return f"Line {line} is noted."


@require_POST
@admin_required
def import_apply(request: StaffRequest, effort_id: int, file_id: UUID) -> HttpResponse:
    file = find_file(effort_id, file_id)
    if request.POST.get("platform_pays_nothing") != "1":
        refuse_paying_twice(provider_file=file)
    done = apply_file(provider_file=file, actor=request.user)
    said = f"{number(done.submissions, 'submission')}, {number(done.stamps, 'stamp')} used"
    left = number(done.rows_left, "row left as it is", "rows left as they are")
    messages.success(request, f"Applied: {said}, {left}.", extra_tags="good")
    return redirect("import-file", effort_id, file_id)


@require_POST
@admin_required
def import_undo(request: StaffRequest, effort_id: int, file_id: UUID) -> HttpResponse:
    count = undo_file(provider_file=find_file(effort_id, file_id), actor=request.user)
    gone = number(count, "submission is", "submissions are")
    messages.success(request, f"Undone: {gone} gone, with every stamp free again.", extra_tags="good")
    return redirect("import-file", effort_id, file_id)


@require_POST
@admin_required
def import_discard(request: StaffRequest, effort_id: int, file_id: UUID) -> HttpResponse:
    discard_file(provider_file=find_file(effort_id, file_id), actor=request.user)
    messages.success(request, "The file is deleted.", extra_tags="good")
    return redirect(TAB, effort_id)


@never_cache
@require_POST
@admin_required
def import_export(request: StaffRequest, effort_id: int, file_id: UUID) -> HttpResponse:
    """The same file with the decisions in it; they count as sent from now on."""
    file = find_file(effort_id, file_id)
    data = export_file(provider_file=file, actor=request.user)
    name = PurePath(file.file_name)
    response = HttpResponse(data, content_type="text/csv")
    disposition = content_disposition_header(True, f"{name.stem}-decided{name.suffix or '.csv'}")
    response.headers["Content-Disposition"] = disposition or "attachment"
    return response


def find_file(effort_id: int, file_id: UUID) -> ProviderFile:
    files = ProviderFile.objects.select_related("effort", "uploaded_by")
    return get_object_or_404(files, effort_id=effort_id, public_id=file_id)
