"""The form that each channel offers for what it keeps in `Effort.channel_settings`; this one asks nothing."""

from __future__ import annotations

from typing import Any

from django import forms


class ChannelSettingsForm(forms.Form):
    """Fields are the keys of the settings; what `as_settings` gives is stored as JSON.

    Field prefix `channel` keeps the names apart from those of the effort.
    """

    prefix = "channel"

    @classmethod
    def initial_of(cls, stored: dict[str, Any]) -> dict[str, Any]:
        """What the form shows for the stored settings; override it together with `as_settings`."""
        return stored

    def as_settings(self) -> dict[str, Any]:
        """What is stored: the cleaned fields; override it where they are no plain JSON."""
        return dict(self.cleaned_data)

    @classmethod
    def missing_in(cls, stored: dict[str, Any]) -> list[str]:
        """Sentences about what people need before they can come this way; none where everything has a default."""
        return []

    @classmethod
    def knows_who_arrives(cls, stored: dict[str, Any]) -> bool:
        """Whether the link names people, so that arriving can be counted."""
        return True
