"""The form that asks for a release."""

from django import forms

from collection.models import Campaign


class ReleaseForm(forms.Form):
    campaign = forms.ModelChoiceField(Campaign.objects.all(), to_field_name="slug")
    version = forms.CharField(max_length=20, strip=True)
