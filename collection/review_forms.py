"""What a reviewer posts: a decision, and for a rejection its reason."""

from django import forms

from collection.review_rules import MAX_REASON_CHARACTERS, OWN_WORDS, REJECTION_REASONS, rejection_reason

REASON_CHOICES = [*REJECTION_REASONS.items(), (OWN_WORDS, "In your own words")]


class DecisionForm(forms.Form):
    """`accepted`, `rejected` (with a reason) or `deferred`."""

    decision = forms.ChoiceField(
        choices=[("accepted", "Accept"), ("rejected", "Reject"), ("deferred", "Decide later")]
    )
    reason = forms.ChoiceField(
        choices=REASON_CHOICES, required=False, widget=forms.RadioSelect, label="Why can it not be used?"
    )
    own_words = forms.CharField(
        required=False,
        max_length=MAX_REASON_CHARACTERS,
        label="Your own words",
        help_text="The people who recorded may read this: speak of the recording, kindly.",
    )

    @property
    def reason_given(self) -> str:
        return rejection_reason(
            choice=self.cleaned_data.get("reason", ""), own_words=self.cleaned_data.get("own_words", "")
        )
