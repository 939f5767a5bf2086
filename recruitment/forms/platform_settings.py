"""What an admin copies between Prolific's pages and ours, and what the open link may be told."""

from __future__ import annotations

from typing import Any

from django import forms

from recruitment.forms.channel_settings import ChannelSettingsForm

COMPLETION_CODE = r"^[0-9A-Za-z]{4,32}$"
STUDY_ID = r"^[0-9A-Za-z]{8,64}$"
NO_CODE = "This cannot be a completion code: copy it from Prolific, 4 to 32 letters and digits."
NO_STUDY = "This cannot be a study id: copy the letters and digits after /studies/ in the study's address on Prolific."


def completion_code(label: str, help_text: str) -> forms.RegexField:
    return forms.RegexField(
        regex=COMPLETION_CODE,
        required=False,
        label=label,
        help_text=help_text,
        error_messages={"invalid": NO_CODE},
    )


class ProlificSettingsForm(ChannelSettingsForm):
    """All may be empty at first: the study and its codes are made on Prolific, with the link made here."""

    study_id = forms.RegexField(
        regex=STUDY_ID,
        required=False,
        label="Study id",
        help_text="from the address of the study on Prolific; people of other studies are then turned away",
        error_messages={"invalid": NO_STUDY},
    )
    completed_code = completion_code("Code for finished", "given when all units of work are stored")
    screened_out_code = completion_code(
        "Code for not finished", "given when there is no more work for somebody who has not finished"
    )
    no_consent_code = completion_code(
        "Code for not agreed", "given to people who do not agree to the consent text"
    )

    @classmethod
    def missing_in(cls, stored: dict[str, Any]) -> list[str]:
        codes = ("completed_code", "screened_out_code", "no_consent_code")
        missing = [cls.base_fields[name].label for name in codes if not stored.get(name)]
        said = [f"Not set yet: {', '.join(str(label).lower() for label in missing)}."] if missing else []
        return said if stored.get("study_id") else [*said, "Prolific's study id is not set yet."]


class OpenSettingsForm(ChannelSettingsForm):
    """Stamps are shown unless an admin says that nobody asks for them."""

    hides_stamps = forms.BooleanField(
        required=False,
        label="Show no work stamps",
        help_text="for volunteers whom nobody pays: the thanks at the end is enough",
    )

    @classmethod
    def initial_of(cls, stored: dict[str, Any]) -> dict[str, Any]:
        return {"hides_stamps": not stored.get("shows_stamps", True)}

    def as_settings(self) -> dict[str, Any]:
        return {"shows_stamps": not self.cleaned_data["hides_stamps"]}

    @classmethod
    def knows_who_arrives(cls, stored: dict[str, Any]) -> bool:
        return False
