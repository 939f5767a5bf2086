"""Who may enter: view decorators that hide staff pages from those who may not know of them (404)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase

from accounts.models import User

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request whose user has been checked: narrows `request.user` once, at the border."""

    user: User


def require(allowed: Callable[[User], bool]) -> Callable[[View], View]:
    """Anonymous people are sent to the login page; staff without the right see a 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not allowed(request.user):
                raise Http404
            return view(request, *args, **kwargs)

        return checked

    return decorate


reviewer_required = require(lambda user: user.may_review)
researcher_required = require(lambda user: user.may_research)
admin_required = require(lambda user: user.is_admin)
staff_required = require(lambda user: user.is_active)
