"""The verdict on a doubtful submission."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from recruitment.rules.reasons import OWN_WORDS, REASONS

VERDICTS = [("approve", "Approve"), ("reject", "Reject")]
LONGEST_OWN_WORDS = 300
# They fit a submission that no work belongs to, and stand first there.
WITHOUT_WORK = ("no_work", "no_code", "unknown_stamp")


class ConfirmedForm(forms.Form):
    """The fingerprints that were previewed, in one field, and how far deciding them is."""

    confirmed = forms.CharField()
    decided = forms.IntegerField(min_value=0, required=False)
    changed = forms.IntegerField(min_value=0, required=False)

    def clean_confirmed(self) -> list[str]:
        return str(self.cleaned_data["confirmed"]).split()

    def clean_decided(self) -> int:
        return self.cleaned_data["decided"] or 0

    def clean_changed(self) -> int:
        return self.cleaned_data["changed"] or 0


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(choices=VERDICTS)
    reason_code = forms.ChoiceField(
        choices=[(reason.code, reason.label) for reason in REASONS.values()],
        widget=forms.RadioSelect,
        required=False,
        label="Why is it rejected?",
    )
    own_words = forms.CharField(
        max_length=LONGEST_OWN_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Your words",
        help_text="They replace the words of the reason; the person reads them. Speak of the work, politely.",
    )

    def __init__(self, *args: Any, takes: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not takes:
            reasons = sorted(REASONS.values(), key=lambda reason: reason.code not in WITHOUT_WORK)
            field = cast(forms.ChoiceField, self.fields["reason_code"])
            field.choices = [(reason.code, reason.label) for reason in reasons]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == "reject":
            code = cleaned.get("reason_code")
            if not code:
                self.add_error("reason_code", "Please choose a reason: the person should learn why.")
            elif code == OWN_WORDS and not cleaned.get("own_words", "").strip():
                self.add_error("own_words", "Please write the reason: the person reads it.")
        return cleaned
