"""The upload endpoints: announce a take, send its bytes, complete it, ask how it stands."""

from typing import Any, BinaryIO, NoReturn, cast
from uuid import UUID

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from collection.models import Assignment, Upload
from collection.permissions import OwnTakesOnly, ParticipantSession
from collection.refusals import not_yours
from collection.serializers import (
    ApiError,
    BeginUpload,
    NoBody,
    PendingUpload,
    RefusedUpload,
    StoredUpload,
)
from collection.services.stamps import stamp_of
from collection.services.uploads import WAV, begin_upload, complete_upload, receive_bytes, sign_put

AnyUpload = PolymorphicProxySerializer(
    component_name="AnyUpload", serializers=[PendingUpload, StoredUpload], resource_type_field_name=None
)
MISTAKES: dict[int, Any] = {400: ApiError, 403: ApiError, 404: ApiError, 413: ApiError}
CONFLICTS: dict[int, Any] = {409: ApiError, 410: ApiError, 429: ApiError, 503: ApiError}


class TakeView(APIView):
    """Endpoints for the session that a take belongs to."""

    authentication_classes = [ParticipantSession]
    permission_classes = [OwnTakesOnly]

    def own_upload(self, client_uuid: UUID) -> Upload:
        uploads = Upload.objects.select_related(
            "assignment__participation__participant", "assignment__participation__campaign"
        )
        upload = uploads.filter(client_uuid=client_uuid).first()
        if upload is None:
            raise not_yours()
        self.check_object_permissions(self.request, upload.assignment.participation)
        return upload

    def own_assignment(self, public_id: UUID) -> Assignment:
        assignments = Assignment.objects.select_related("participation__participant")
        assignment = assignments.filter(public_id=public_id).first()
        if assignment is None:
            raise not_yours()
        self.check_object_permissions(self.request, assignment.participation)
        return assignment

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        raise not_yours()


class UploadsView(TakeView):
    @extend_schema(
        operation_id="begin_upload",
        request=BeginUpload,
        responses={200: AnyUpload, 201: PendingUpload, 422: RefusedUpload, **MISTAKES, **CONFLICTS},
    )
    def post(self, request: Request) -> Response:
        """Announce a take. The same client UUID again gets the same answer; with another file, 409."""
        announced = BeginUpload(data=request.data)
        announced.is_valid(raise_exception=True)
        assignment = self.own_assignment(announced.validated_data["assignment"])
        upload, is_new = begin_upload(assignment=assignment, take=announced.take())
        return answer(upload, pending_status=201 if is_new else 200)


class UploadView(TakeView):
    @extend_schema(operation_id="show_upload", responses={200: AnyUpload, 422: RefusedUpload, 404: ApiError})
    def get(self, request: Request, client_uuid: UUID) -> Response:
        """How an upload stands: pending with its address, stored with its stamp, or refused with the reason."""
        return answer(self.own_upload(client_uuid))


class UploadBytesView(TakeView):
    @extend_schema(
        operation_id="send_bytes",
        request={WAV: OpenApiTypes.BINARY},
        responses={204: None, 422: RefusedUpload, **MISTAKES, **CONFLICTS},
    )
    def put(self, request: Request, client_uuid: UUID) -> Response:
        """Send the bytes of an announced take; only where `put.url` says so. Again changes nothing."""
        upload = self.own_upload(client_uuid)
        length = request.META.get("CONTENT_LENGTH") or ""
        receive_bytes(
            upload=upload,
            body=cast(BinaryIO, request.stream),
            content_length=int(length) if length.isdigit() else None,
        )
        return answer(upload) if upload.state == Upload.State.REFUSED else Response(status=204)


class UploadCompleteView(TakeView):
    @extend_schema(
        operation_id="complete_upload",
        request=NoBody,
        responses={200: StoredUpload, 422: RefusedUpload, **MISTAKES, **CONFLICTS},
    )
    def post(self, request: Request, client_uuid: UUID) -> Response:
        """Have the bytes read again, checked, stored and stamped. Again gives the same answer."""
        return answer(complete_upload(upload=self.own_upload(client_uuid)))


def answer(upload: Upload, *, pending_status: int = 200) -> Response:
    if upload.state == Upload.State.REFUSED:
        return Response(RefusedUpload(refused(upload)).data, status=422)
    if upload.state == Upload.State.STORED:
        return Response(StoredUpload(stored(upload)).data)
    return Response(PendingUpload(pending(upload)).data, status=pending_status)


def pending(upload: Upload) -> dict[str, Any]:
    signed = sign_put(upload=upload)
    own_url = reverse("api-upload-bytes", args=[upload.client_uuid])
    put = {
        "method": "PUT",
        "url": signed.url if signed else own_url,
        "headers": signed.headers if signed else {"Content-Type": WAV},
    }
    return {"client_uuid": upload.client_uuid, "state": upload.state, "put": put}


def stored(upload: Upload) -> dict[str, Any]:
    recording = upload.recording
    return {
        "client_uuid": upload.client_uuid,
        "state": upload.state,
        "sha256": recording.sha256,
        "stamp": stamp_of(recording=recording),
        "submissions": recording.number_in_session,
        "recording": recording.public_id,
    }


def refused(upload: Upload) -> dict[str, Any]:
    return {
        "client_uuid": upload.client_uuid,
        "state": upload.state,
        "code": upload.refusal_code,
        "message": upload.refusal_message,
        "field": upload.refusal_field,
        "final": True,
    }
