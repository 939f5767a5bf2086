"""Contributors have no account: the browser session that entered a campaign may send and see its own takes."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from collection.models import Participation
from recruitment.sessions import remembers


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
