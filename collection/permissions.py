"""Contributors have no account: the browser session that entered a campaign may send and see its own takes."""

from uuid import UUID

from django.http import Http404, HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from collection.models import Participation, Recording
from recruitment.sessions import remembers


def visible_recording(request: HttpRequest, public_id: UUID) -> Recording:
    """A recording this request may see: staff all, the session that made it its own, everybody the public
    examples; Http404 for the rest and for what was withdrawn."""
    recordings = Recording.objects.select_related("participation__participant")
    found = recordings.visible_to(request.user).filter(public_id=public_id).first()
    if found is None:
        found = recordings.kept().filter(public_id=public_id).first()
        if found is None or not remembers(
            session=request.session, participant=found.participation.participant
        ):
            raise Http404
    return found


class ParticipantSession(BaseAuthentication):
    """Nobody logs in, but another site must not send takes through a contributor's browser: CSRF is enforced."""

    def authenticate(self, request: Request) -> None:
        SessionAuthentication().enforce_csrf(request)


class OwnTakesOnly(BasePermission):
    """Checked against the participation a take belongs to; whoever is not it learns nothing (404)."""

    def has_object_permission(self, request: Request, view: APIView, obj: Participation) -> bool:
        return remembers(session=request.session, participant=obj.participant)


class ParticipantSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ParticipantSession
    name = "participantSession"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The Django session of the browser that answered the questionnaire. "
            "Requests that change something also send X-CSRFToken.",
        }
