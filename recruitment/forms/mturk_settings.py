"""What an effort on Mechanical Turk offers: the texts, the times and who may take part."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms

from recruitment.forms.channel_settings import ChannelSettingsForm

LINK, EMBEDDED = "link", "embedded"
LAYOUTS: Final = [
    (LINK, "A link to our page and a field for the work stamps (recommended)"),
    (
        EMBEDDED,
        "Our page in Mechanical Turk's frame, which opens the work in a new tab and submits by itself",
    ),
]
COUNTRY = re.compile(r"[A-Z]{2}")
MOST_COUNTRIES = 15


class MturkSettingsForm(ChannelSettingsForm):
    """All but the texts has a default that suits a short recording session."""

    needed_for_a_hit = ("title", "description")

    layout = forms.ChoiceField(
        label="How people come", choices=LAYOUTS, initial=LINK, widget=forms.RadioSelect
    )
    title = forms.CharField(
        label="Title",
        max_length=128,
        required=False,
        help_text="what workers see in the list",
    )
    description = forms.CharField(
        label="Description",
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="say that two people must be in the room and that a microphone is needed",
    )
    keywords = forms.CharField(
        label="Keywords", max_length=1_000, required=False, help_text="separated by commas"
    )
    assignment_minutes = forms.IntegerField(
        label="Minutes for one assignment",
        min_value=1,
        max_value=525_600,
        initial=60,
        help_text="be generous: who runs out of time is not paid, although the recordings are here",
    )
    lifetime_days = forms.IntegerField(label="Days the HIT is offered", min_value=1, max_value=365, initial=7)
    auto_approval_days = forms.IntegerField(
        label="Days until Mechanical Turk approves by itself", min_value=1, max_value=30, initial=14
    )
    assignments_wanted = forms.IntegerField(
        label="Assignments of one HIT",
        min_value=1,
        max_value=1_000,
        initial=9,
        help_text="from 10 on the fee is 40 % instead of 20 %, and a HIT begun below 10 cannot grow past 9",
    )
    approved_percent = forms.IntegerField(
        label="Approval rate of workers, at least (%)", min_value=0, max_value=100, initial=95, required=False
    )
    approved_count = forms.IntegerField(
        label="Approved HITs of workers, at least",
        min_value=0,
        max_value=100_000,
        initial=100,
        required=False,
    )
    countries = forms.CharField(
        label="Countries",
        required=False,
        help_text="two-letter codes separated by blanks, such as US GB IN; empty for everywhere",
    )

    def clean_countries(self) -> str:
        codes = self.cleaned_data["countries"].replace(",", " ").upper().split()
        wrong = [code for code in codes if not COUNTRY.fullmatch(code)]
        if wrong:
            raise forms.ValidationError(f"“{wrong[0][:20]}” is no country: use two letters, such as US.")
        if len(codes) > MOST_COUNTRIES:
            raise forms.ValidationError(
                f"{len(codes)} countries: Mechanical Turk takes {MOST_COUNTRIES} at most."
            )
        return " ".join(dict.fromkeys(codes))

    def as_settings(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value is not None}

    @classmethod
    def missing_in(cls, stored: dict[str, Any]) -> list[str]:
        missing = [name for name in cls.needed_for_a_hit if not stored.get(name)]
        return [f"The HIT has no {' and no '.join(missing)} yet."] if missing else []

    @classmethod
    def knows_who_arrives(cls, stored: dict[str, Any]) -> bool:
        return stored.get("layout") == EMBEDDED
