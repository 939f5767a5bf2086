"""The staff login: sessions end with the working day, and guessing passwords is slow."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse

from accounts.services.logins import COUNTED_FOR, must_wait, note_failed_login

STAFF_SESSION_S = 12 * 60 * 60


class StaffLoginForm(AuthenticationForm):
    """Django's form, behind the count of failures."""

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError(
            "That user name and password do not belong together. Check both and try again.", "invalid_login"
        )

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        if must_wait(username=username):
            minutes = int(COUNTED_FOR.total_seconds() // 60)
            raise ValidationError(
                f"Too many attempts with this user name. Wait {minutes} minutes and try again.", "must_wait"
            )
        try:
            return super().clean()
        except ValidationError:
            if username:
                note_failed_login(username=username)
            raise


class StaffLoginView(LoginView):
    template_name = "login.html"
    authentication_form = StaffLoginForm

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        # Contributors keep their session for half a year, to see their stamps; a staff browser must not.
        self.request.session.set_expiry(STAFF_SESSION_S)
        return answer
