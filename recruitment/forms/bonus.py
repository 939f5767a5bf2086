"""A bonus: an amount and the reason that the person reads."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError

from core.errors import ShownToUser
from recruitment.rules.money import decimals_of, format_amount, parse_amount
from recruitment.services.payments import LONGEST_REASON


class BonusForm(forms.Form):
    """`form_key` is made with the form: whatever is clicked twice, one form makes one bonus."""

    amount = forms.CharField(max_length=20, label="Amount")
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Reason",
        help_text="The person reads it.",
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.currency = currency
        self.fields["amount"].help_text = f"in {currency}, such as {example_in(currency)}"

    def clean_amount(self) -> str:
        text: str = self.cleaned_data["amount"]
        try:
            self.amount_minor = parse_amount(text, currency=self.currency)
        except ShownToUser as refusal:
            raise ValidationError(refusal.message) from refusal
        if self.amount_minor < 1:
            raise ValidationError("A bonus is more than nothing.")
        return text


def example_in(currency: str) -> str:
    return format_amount(2 * 10 ** decimals_of(currency), currency=currency)
