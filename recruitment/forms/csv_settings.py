"""What an admin says about a platform that is spoken to by files: its link's parameters, and where stamps go."""

from __future__ import annotations

from typing import Any

from django import forms

from recruitment.forms.channel_settings import ChannelSettingsForm

PARAMETER_NAME = r"^[0-9A-Za-z_.~-]{1,64}$"
NOT_A_NAME = (
    "This cannot be the name of a URL parameter: letters, digits, and _ . ~ - are allowed, such as pid."
)


class CsvSettingsForm(ChannelSettingsForm):
    """All may be empty: then the link names nobody, and the stamps in the file say whose work it was."""

    worker_parameter = forms.RegexField(
        regex=PARAMETER_NAME,
        required=False,
        label="URL parameter with the person's id",
        help_text="if the platform adds it to the link, such as pid; the work is then theirs without a stamp",
        error_messages={"invalid": NOT_A_NAME},
    )
    submission_parameter = forms.RegexField(
        regex=PARAMETER_NAME,
        required=False,
        label="URL parameter with the submission's id",
        help_text="if the platform has one for each piece of paid work; otherwise the person's id counts",
        error_messages={"invalid": NOT_A_NAME},
    )
    paste_where = forms.CharField(
        required=False,
        max_length=120,
        label="Where people paste their stamps",
        help_text="as the platform calls it, such as: the field 'Completion code' of the task",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("submission_parameter") and not cleaned.get("worker_parameter"):
            self.add_error("worker_parameter", "Please name the person's parameter too, or leave both empty.")
        return cleaned

    @classmethod
    def knows_who_arrives(cls, stored: dict[str, Any]) -> bool:
        return bool(stored.get("worker_parameter"))
