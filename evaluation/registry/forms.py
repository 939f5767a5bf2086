"""Forms of the pages that bring models."""

from __future__ import annotations

import re
from typing import Any, get_args

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from evaluation.registry.models import CheckpointImport
from modeling.manifest import Convention

NAME = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    "Use letters, digits, '.', '_' and '-', beginning with a letter or digit.",
)
SETTING = re.compile(r"[A-Za-z_][\w.]*=\S.*")
CHECKPOINT_HELP = (
    "A .zip of the folder: SpeechBrain's .ckpt files with hyperparams.yaml, Asteroid's one .bin or .pth file, or "
    "torchaudio's one .pt file."
)


class BundleForm(forms.Form):
    file = forms.FileField(
        label="Bundle",
        help_text="A .zip of model.safetensors, bundle.json and CARD.md, as python -m modeling package writes them.",
        widget=forms.FileInput(
            attrs={"accept": ".zip,application/zip", "aria-describedby": "id_file_helptext"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].error_messages["required"] = no_file()


def no_file() -> str:
    return f"Please choose a .zip of at most {settings.MAX_MODEL_BYTES // 1024**2} MiB."


class CheckpointForm(BundleForm):
    field_order = ("toolkit", "file")
    toolkit = forms.ChoiceField(choices=CheckpointImport.Toolkit.choices, help_text="Where it was trained.")
    name = forms.CharField(max_length=80, validators=[NAME], help_text="Of the bundle that it becomes.")
    target_convention = forms.ChoiceField(
        choices=[(name, name) for name in get_args(Convention)],
        initial="dry",
        help_text="What its training targets were. The recipes of all three toolkits train on dry voices.",
    )
    training_data = forms.CharField(max_length=300, help_text="For its card, such as WSJ0-2mix.")
    sample_rate_hz = forms.IntegerField(
        required=False,
        min_value=4_000,
        max_value=192_000,
        label="Sample rate in Hz",
        help_text="Only where the files do not say it.",
    )
    member = forms.CharField(
        required=False, max_length=80, validators=[NAME], help_text="Which of several models in one folder."
    )
    settings = forms.CharField(
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Settings that the files leave out, one KEY=VALUE on each line.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label, self.fields["file"].help_text = "Checkpoint", CHECKPOINT_HELP

    def clean_settings(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["settings"].splitlines() if line.strip()]
        for line in lines:
            if not SETTING.fullmatch(line):
                raise forms.ValidationError(f"'{line[:60]}' is not of the form KEY=VALUE.")
        return lines
