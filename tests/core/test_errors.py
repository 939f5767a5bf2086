"""Errors carry what their reader needs."""

from __future__ import annotations

from core.errors import ShownToUser


def test_an_error_for_people_names_its_field_and_says_whether_to_retry() -> None:
    error = ShownToUser("Tick the consent box.", field="consent", code="consent_missing", final=False)
    assert error.as_json() == {
        "code": "consent_missing",
        "message": "Tick the consent box.",
        "final": False,
        "field": "consent",
    }
    assert (str(error), error.status) == ("Tick the consent box.", 400)
