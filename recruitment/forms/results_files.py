"""Forms of the pages of results files: choose a file, say what its columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from recruitment.rules.results_columns import choices, is_mturk
from recruitment.rules.results_file import MAX_FILE_BYTES

NO_FILE = f"Please choose the results file, with at most {MAX_FILE_BYTES // 1024**2} MiB."
LABELS = {
    "person": ("Person", "the id the platform gives a person"),
    "submission": (
        "Submission",
        "the id of this piece of paid work; the person's column where there is none",
    ),
    "code": ("Stamps", "what the person pasted or wrote"),
    "state": ("State", "such as approved or returned; submitted where there is no such column"),
    "time": ("Time", "when it was submitted"),
}
NEEDED = ("person", "submission", "code")


class ResultsFileForm(forms.Form):
    file = forms.FileField(
        label="Results file",
        help_text="CSV with commas, semicolons or tabs, as the platform or a spreadsheet saved it",
        error_messages={"required": NO_FILE},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv", "aria-describedby": "file-hint"}),
    )


class ColumnsForm(forms.Form):
    """One choice for each meaning; of Mechanical Turk's files only the answer is in doubt."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, header: Sequence[str], remembered: Mapping[str, str]
    ) -> None:
        super().__init__(data)
        meanings = ["code"] if is_mturk(header) else list(LABELS)
        names = [(name, name) for name in choices(header)]
        for meaning in meanings:
            label, hint = LABELS[meaning]
            is_needed = meaning in NEEDED
            known = remembered.get(meaning, "")
            self.fields[meaning] = forms.ChoiceField(
                label=label,
                help_text=hint,
                required=is_needed,
                choices=[("", "Choose a column" if is_needed else "None"), *names],
                initial=known if known in header else "",
                error_messages={"required": f"Please choose the column of the {meaning}."},
            )
