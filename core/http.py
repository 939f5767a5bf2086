"""Serving stored audio with byte ranges; Safari plays nothing without them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from core.errors import ShownToUser
from core.storage import MissingObject, object_store

SINGLE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")  # longer numbers are no places in a sound


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedObject:
    """An object as a page offers it; the row knows these facts, so no request asks the store for them."""

    key: str
    byte_length: int
    sha256: str
    content_type: str = "audio/wav"
    download_name: str = ""  # given: the browser saves instead of playing


class RangeBehindEndError(ValueError):
    """The range starts behind the last byte."""


def ranged_response(request: HttpRequest, *, served: ServedObject) -> HttpResponseBase:
    """200, 206, 304 or 416 for GET and HEAD; the caller has already decided that this person may listen."""
    etag = f'"{served.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        return _with_headers(HttpResponse(status=304), served=served, etag=etag)
    try:
        span = _requested_span(request, served=served, etag=etag)
    except RangeBehindEndError:
        refusal = HttpResponse(status=416, headers={"Content-Range": f"bytes */{served.byte_length}"})
        return _with_headers(refusal, served=served, etag=etag)
    first, length = span or (0, served.byte_length)
    response = _body(request, served=served, first=first, length=length)
    response.headers["Content-Length"] = str(length)
    if span:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{served.byte_length}"
    return _with_headers(response, served=served, etag=etag)


def _requested_span(request: HttpRequest, *, served: ServedObject, etag: str) -> tuple[int, int] | None:
    """First byte and length; None (the whole) without a range that counts (RFC 9110, section 14.2)."""
    match = SINGLE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or request.headers.get("If-Range", etag) != etag:
        return None
    first_text, last_text = match.groups()
    if not (first_text or last_text):
        return None
    if not first_text:
        first, last = max(0, served.byte_length - int(last_text)), served.byte_length - 1
    else:
        first = int(first_text)
        last = min(int(last_text or served.byte_length), served.byte_length - 1)
        if last_text and int(last_text) < first:
            return None
    if first >= served.byte_length:
        raise RangeBehindEndError
    return first, last - first + 1


def _body(
    request: HttpRequest, *, served: ServedObject, first: int, length: int
) -> HttpResponse | StreamingHttpResponse:
    if request.method == "HEAD":
        return HttpResponse(content_type=served.content_type)
    try:
        chunks = object_store().iterate(served.key, start=first, length=length)
    except MissingObject as error:
        raise ShownToUser("This sound is no longer stored.", code="object_missing", status=404) from error
    return StreamingHttpResponse(chunks, content_type=served.content_type)


def _with_headers(
    response: HttpResponse | StreamingHttpResponse, *, served: ServedObject, etag: str
) -> HttpResponseBase:
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A recording may be withdrawn at any moment: a browser may keep it, but must ask before each use.
    response.headers["Cache-Control"] = "private, no-cache"
    disposition = content_disposition_header(bool(served.download_name), served.download_name)
    if disposition:
        response.headers["Content-Disposition"] = disposition
    return response
