"""The form for a new study."""

import secrets
from typing import Any

from django import forms

from collection.models import Recording
from evaluation.listening.selection import ANY_REVIEW_STATE, Selection
from evaluation.listening.wording import DEFAULT_INSTRUCTIONS
from evaluation.registry.models import ModelBundle

MOST_TRIALS = 500


def draw_seed() -> int:
    return secrets.randbelow(1_000_000)


class NewStudyForm(forms.Form):
    """What a researcher decides; everything else follows from it and the seed."""

    title = forms.CharField(max_length=120, help_text="Listeners see it.")
    instructions = forms.CharField(
        widget=forms.Textarea, initial=DEFAULT_INSTRUCTIONS, help_text="What listeners rate, in their words."
    )
    separator = forms.ModelChoiceField(
        queryset=ModelBundle.objects.filter(kind=ModelBundle.Kind.SEPARATOR).order_by("-is_default", "name"),
        empty_label=None,
        help_text="Whose separations are rated. Listeners never learn it.",
    )
    review_state = forms.ChoiceField(
        choices=[*Recording.ReviewState.choices, (ANY_REVIEW_STATE, "Any")],
        initial=Recording.ReviewState.ACCEPTED,
        help_text="Recordings are picked among those in this state; withdrawn ones never.",
    )
    how_many = forms.IntegerField(
        min_value=1,
        max_value=MOST_TRIALS,
        initial=20,
        label="Number of recordings",
        help_text="Picked at random. A listener needs about half a minute for each.",
    )
    seed = forms.IntegerField(
        min_value=0, initial=draw_seed, help_text="The same seed picks the same recordings again."
    )

    def selection(self) -> Selection:
        chosen: dict[str, Any] = self.cleaned_data
        return Selection(
            bundle=chosen["separator"],
            review_state=chosen["review_state"],
            how_many=chosen["how_many"],
            seed=chosen["seed"],
        )
