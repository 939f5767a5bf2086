"""The questionnaire that a pair of people answers before they record."""

from typing import Any

from django import forms

from collection.models import Campaign, Participation
from collection.rules import QuestionnaireAnswers, needs_other_languages

CONSENT_NEEDED = "Every person who can be heard must agree; please tick this box too."


class QuestionnaireForm(forms.Form):
    """REAL-M's questions, with consent ticked for each person; `answers()` is what the service takes."""

    speaker_genders = forms.ChoiceField(
        label="Who is speaking?",
        choices=Participation.SpeakerGenders.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Please say who is speaking; 'Prefer not to say' is an answer too."},
    )
    native_speakers = forms.ChoiceField(
        choices=Participation.NativeSpeakers.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Please say how many of you are native speakers."},
    )
    other_native_languages = forms.CharField(
        label="Native language of each person who is not a native speaker",
        help_text="For example: Turkish, or Turkish and Farsi.",
        max_length=120,
        required=False,
    )
    consent_speaker_1 = forms.BooleanField(
        label="Speaker 1 has read the consent text and agrees.", error_messages={"required": CONSENT_NEEDED}
    )
    consent_speaker_2 = forms.BooleanField(
        label="Speaker 2 has read the consent text and agrees.", error_messages={"required": CONSENT_NEEDED}
    )
    consent_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        consent_text = campaign.effort.consent_texts.first()
        kwargs.setdefault("initial", {"consent_version": consent_text.version if consent_text else None})
        super().__init__(*args, **kwargs)
        self.fields["native_speakers"].label = f"Are you native speakers of {campaign.language_name}?"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        native_speakers = cleaned.get("native_speakers")
        if native_speakers and not needs_other_languages(native_speakers):
            cleaned["other_native_languages"] = ""
        elif native_speakers and not cleaned.get("other_native_languages"):
            self.add_error(
                "other_native_languages",
                "Please name the native language of each person who is not a native speaker.",
            )
        return cleaned

    def answers(self) -> QuestionnaireAnswers:
        cleaned = self.cleaned_data
        return QuestionnaireAnswers(
            speaker_genders=cleaned["speaker_genders"],
            native_speakers=cleaned["native_speakers"],
            other_native_languages=cleaned["other_native_languages"],
            people_consenting=sum((cleaned["consent_speaker_1"], cleaned["consent_speaker_2"])),
            consent_version=cleaned["consent_version"],
        )
