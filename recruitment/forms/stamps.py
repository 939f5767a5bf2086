"""Forms in which somebody writes a stamp."""

from __future__ import annotations

from django import forms

from recruitment.codes import LONGEST_TEXT, normalise_code

NOT_WHOLE = (
    "This is not a whole stamp: it has 17 letters and digits, in groups of four (ABCD-EFGH-JKMN-PQRS-T), and the "
    "last one checks the others. Please compare it with the one you copied, letter by letter."
)


class OwnStampForm(forms.Form):
    """One stamp, typed on another device than the one it was earned on."""

    code = forms.CharField(
        label="Work stamp",
        max_length=60,
        error_messages={"required": "Please enter a work stamp."},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "aria-describedby": "code-hint",
            }
        ),
    )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if normalise_code(code) is None:
            raise forms.ValidationError(NOT_WHOLE)
        return code


class StampSearchForm(forms.Form):
    """Whatever a person wrote, a whole mail included; in the body of a request, so that no log holds it."""

    text = forms.CharField(
        label="Find a stamp",
        max_length=LONGEST_TEXT,
        error_messages={
            "required": "Please paste a stamp, or the message it stands in.",
            "max_length": f"Please paste at most {LONGEST_TEXT} characters: the part with the stamp is enough.",
        },
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "aria-describedby": "text-hint"}),
    )
