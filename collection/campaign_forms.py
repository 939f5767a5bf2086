"""Forms by which an admin makes a campaign and gives it sentences."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator

from collection.licences import LICENCES
from collection.models import Campaign
from collection.prompt_lists import decode_prompt_list
from collection.services.campaigns import CampaignPlan
from core.errors import ShownToUser

MAX_LIST_BYTES = 5 * 1024 * 1024
LIST_HELP = (
    "A UTF-8 text file: one pair of sentences a line, a tab between them, "
    "optionally a third column with the source."
)


class PromptListField(forms.FileField):
    """An uploaded list as lines of text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label="List of sentence pairs", help_text=LIST_HELP, **options)

    def clean(self, data: Any, initial: Any = None) -> list[str]:
        file: UploadedFile = super().clean(data, initial)
        if (file.size or 0) > MAX_LIST_BYTES:
            raise forms.ValidationError(
                f"The list has {file.size} bytes; at most {MAX_LIST_BYTES} are read. Please split it."
            )
        try:
            return decode_prompt_list(file.read())
        except ShownToUser as refusal:
            raise forms.ValidationError(refusal.message) from refusal


class PromptListForm(forms.Form):
    prompts = PromptListField()


class NewCampaignForm(forms.Form):
    """Everything a campaign needs before people can take part in it."""

    title = forms.CharField(max_length=120, help_text="Contributors see it.")
    slug = forms.RegexField(
        r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=40,
        label="Address",
        validators=[
            RegexValidator(r"^new$", "This address is taken: choose another.", "taken", inverse_match=True)
        ],
        error_messages={"invalid": "Use small letters, digits and hyphens only."},
        help_text="Small letters, digits and hyphens: /c/<address>/. It stays for good, since people hold links to it.",
    )
    introduction = forms.CharField(
        widget=forms.Textarea, help_text="What the task is, in the contributor's words."
    )
    language = forms.RegexField(
        r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$",
        initial="en",
        max_length=8,
        label="Language code",
        help_text="BCP 47 code of the sentences, such as en, tr or pt-BR.",
        error_messages={"invalid": "This is no language code: write for example en, tr or pt-BR."},
    )
    language_name = forms.CharField(max_length=40, initial="English", label="Language in words")
    licence = forms.ChoiceField(
        choices=[(spdx_id, name) for spdx_id, (name, _) in LICENCES.items()],
        help_text="Of every release; say the same in the consent text.",
    )
    contact_email = forms.EmailField(required=False, label="Contact address for contributors")
    consent_text = forms.CharField(
        widget=forms.Textarea,
        help_text="What each person in the recording agrees to. It becomes version 1 and is never edited; a change "
        "is a new version.",
    )
    prompts = PromptListField()

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Campaign.objects.filter(slug=slug).exists():
            raise forms.ValidationError(
                f"The address {slug!r} belongs to another campaign. Please choose another one."
            )
        return slug

    def plan(self) -> CampaignPlan:
        answers = dict(self.cleaned_data)
        return CampaignPlan(prompt_lines=answers.pop("prompts"), **answers)
