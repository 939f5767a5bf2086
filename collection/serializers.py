"""What the upload endpoints read and answer, in the shape the OpenAPI document shows."""

import json
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collection.rules import MAX_CAPTURE_BYTES
from collection.services.uploads import AnnouncedTake

# A browser may put these among the track settings; they follow a device from site to site.
DEVICE_IDENTIFIERS = ("deviceId", "groupId")


@extend_schema_field(
    {
        "type": "object",
        "required": ["frame_gaps", "hidden_during_take"],
        "properties": {
            "frame_gaps": {"type": "integer", "minimum": 0},
            "hidden_during_take": {"type": "boolean"},
        },
        "additionalProperties": True,
    }
)
class CaptureField(serializers.JSONField):
    """What the recorder measured: two facts decide, the rest is kept as it came, within a few kilobytes."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        capture = super().to_internal_value(data)
        if not isinstance(capture, dict):
            raise serializers.ValidationError("must be an object.")
        as_text = json.dumps(capture)
        if len(as_text) > MAX_CAPTURE_BYTES:
            raise serializers.ValidationError(f"must be at most {MAX_CAPTURE_BYTES} bytes of JSON.")
        if "\\u0000" in as_text:
            raise serializers.ValidationError("must hold no NUL characters; PostgreSQL keeps none.")
        gaps = capture.get("frame_gaps")
        if not isinstance(gaps, int) or isinstance(gaps, bool) or gaps < 0:
            raise serializers.ValidationError("frame_gaps must be a whole number, 0 or more.")
        if not isinstance(capture.get("hidden_during_take"), bool):
            raise serializers.ValidationError("hidden_during_take must be true or false.")
        return without_device_identifiers(capture)


def without_device_identifiers(capture: dict[str, Any]) -> dict[str, Any]:
    return {
        name: without_device_identifiers(value) if isinstance(value, dict) else value
        for name, value in capture.items()
        if name not in DEVICE_IDENTIFIERS
    }


class BeginUpload(serializers.Serializer[Any]):
    client_uuid = serializers.UUIDField(help_text="made by the browser for this take; the idempotency key")
    assignment = serializers.UUIDField(help_text="the sentences that were read")
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="of the bytes that will be sent, in hex")
    byte_length = serializers.IntegerField(min_value=0, max_value=2**40)
    capture = CaptureField()

    def take(self) -> AnnouncedTake:
        valid = self.validated_data
        return AnnouncedTake(
            client_uuid=valid["client_uuid"],
            sha256=valid["sha256"],
            byte_length=valid["byte_length"],
            capture=cast(dict[str, Any], valid["capture"]),
        )


class NoBody(serializers.Serializer[Any]):
    """An empty object."""


class PutInstructions(serializers.Serializer[Any]):
    method = serializers.ChoiceField(choices=["PUT"])
    url = serializers.CharField(
        help_text="of this site, or of the object store where it takes uploads itself"
    )
    headers = serializers.DictField(child=serializers.CharField(), help_text="to be sent as they stand")


class PendingUpload(serializers.Serializer[Any]):
    client_uuid = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["pending"])
    put = PutInstructions()


class StoredUpload(serializers.Serializer[Any]):
    """The take is safe: a browser whose SHA-256 is the same may delete its copy."""

    client_uuid = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["stored"])
    sha256 = serializers.CharField(help_text="of the bytes the server has stored and read again")
    stamp = serializers.CharField(help_text="proof of this piece of work; always the same one")
    submissions = serializers.IntegerField(help_text="recordings of this session up to and with this one")
    recording = serializers.UUIDField()


class RefusedUpload(serializers.Serializer[Any]):
    """The take is not kept and sending it again cannot help."""

    client_uuid = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["refused"])
    code = serializers.CharField()
    message = serializers.CharField(help_text="for the contributor")
    field = serializers.CharField(help_text="the part of the upload that is wrong")
    final = serializers.BooleanField(help_text="true: the browser may delete its copy")


class ApiError(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField(help_text="for the contributor")
    field = serializers.CharField(required=False, allow_null=True)
    final = serializers.BooleanField(help_text="false: keep the take and try again later")
