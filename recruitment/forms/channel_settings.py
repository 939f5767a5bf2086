"""The form that each channel offers for what it keeps in `Effort.channel_settings`; this one asks nothing."""

from __future__ import annotations

from typing import Any

from django import forms


class ChannelSettingsForm(forms.Form):
    """Fields are the keys of the settings; what `as_settings` gives is stored as JSON.

    `initial` is what is stored now. Field prefix `channel` keeps the names apart from those of the effort.
    """

    prefix = "channel"

    def as_settings(self) -> dict[str, Any]:
        """What is stored: the cleaned fields; override it where they are no plain JSON."""
        return dict(self.cleaned_data)
