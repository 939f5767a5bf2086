"""Forms of the pages that bring models."""

from __future__ import annotations

from django import forms
from django.conf import settings


class BundleForm(forms.Form):
    file = forms.FileField(
        label="Bundle",
        help_text="A .zip of model.safetensors, bundle.json and CARD.md, as python -m modeling package writes them.",
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip", "aria-describedby": "file-hint"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["file"].error_messages["required"] = no_file()


def no_file() -> str:
    return f"Please choose a .zip of at most {settings.MAX_MODEL_BYTES // 1024**2} MiB."
