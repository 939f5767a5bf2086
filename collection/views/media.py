"""The sound of a recording and its pictures, for those who may see the recording."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from collection.models import DerivedObject, Recording
from collection.permissions import visible_recording
from core.http import ServedObject, ranged_response


@require_safe
def audio(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The native-rate FLAC once it is made, the original WAV until then; in ranges, as Safari asks."""
    recording = visible_recording(request, public_id)
    flac = served(recording, DerivedObject.Kind.FLAC_NATIVE)
    return ranged_response(request, served=flac or original(recording))


@require_safe
def peaks(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The outline of the waveform as JSON; without points until the worker has drawn it."""
    recording = visible_recording(request, public_id)
    drawn = served(recording, DerivedObject.Kind.PEAKS)
    if drawn is None:
        waiting = {"duration_s": recording.duration_s, "low": [], "high": []}
        return JsonResponse(waiting, headers={"Cache-Control": "no-store"})
    return ranged_response(request, served=drawn)


@require_safe
def spectrogram(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The spectrogram as PNG; no content until the worker has drawn it."""
    drawn = served(visible_recording(request, public_id), DerivedObject.Kind.SPECTROGRAM)
    if drawn is None:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    return ranged_response(request, served=drawn)


def served(recording: Recording, kind: DerivedObject.Kind) -> ServedObject | None:
    derived = recording.derived_objects.filter(kind=kind).first()
    if derived is None:
        return None
    return ServedObject(
        key=derived.object_key,
        byte_length=derived.byte_length,
        sha256=derived.sha256,
        content_type=derived.content_type,
    )


def original(recording: Recording) -> ServedObject:
    return ServedObject(key=recording.object_key, byte_length=recording.byte_length, sha256=recording.sha256)
