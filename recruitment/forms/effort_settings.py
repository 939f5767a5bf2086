"""What an admin sets for an effort: the amount of work, the pay, the rules that decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.errors import ShownToUser
from recruitment.models import Effort
from recruitment.rules.deciding import ApproveWhen, DecisionRules
from recruitment.rules.money import format_amount, known_currency, parse_amount
from recruitment.rules.reasons import OWN_WORDS, REASONS
from recruitment.services.efforts import EffortPlan

MOST_UNITS = 500
MOST_DAYS = 3650
APPROVE_CHOICES = [
    (ApproveWhen.ALL.value, "all takes are accepted in review"),
    (ApproveWhen.SOME.value, "a number of takes is accepted in review"),
]
# Own words are for people: a rule has none.
REASON_CHOICES = [(reason.code, reason.label) for reason in REASONS.values() if reason.code != OWN_WORDS]


class EffortSettingsForm(forms.Form):
    units_wanted = forms.IntegerField(
        min_value=1,
        max_value=MOST_UNITS,
        label="Units of work",
        help_text="finished takes (or studies) that one submission is paid for",
    )
    reward = forms.CharField(
        max_length=20, label="Reward", help_text="for one submission, such as 4.50; 0 where nothing is paid"
    )
    currency = forms.CharField(
        max_length=3, label="Currency", help_text="three letters: EUR, GBP, JPY, USD …"
    )
    identities_kept_days = forms.IntegerField(
        min_value=1,
        max_value=MOST_DAYS,
        label="Days until ids are purged",
        help_text="counted from when a submission is decided and paid; afterwards nobody can be paid or asked",
    )
    approve_when = forms.ChoiceField(choices=APPROVE_CHOICES, widget=forms.RadioSelect, label="Approve when")
    accepted_needed = forms.IntegerField(
        min_value=1,
        max_value=MOST_UNITS,
        label="Accepted takes that are enough",
        help_text="counts for the second choice only",
    )
    reject_after = forms.IntegerField(
        min_value=0,
        max_value=MOST_UNITS,
        label="Reject after so many rejected takes",
        help_text="when no take waits for review any more; 0: no rule rejects, people do",
    )
    reject_reason = forms.ChoiceField(
        choices=REASON_CHOICES,
        label="Reason for such a rejection",
        help_text="the person reads it, with the takes it is about",
    )

    @staticmethod
    def initial_of(effort: Effort) -> dict[str, Any]:
        rules = DecisionRules.from_json(effort.decision_rules)
        return {
            "units_wanted": effort.units_wanted,
            "reward": format_amount(effort.reward_minor, currency=effort.currency),
            "currency": effort.currency,
            "identities_kept_days": effort.identities_kept_days,
        } | rules.as_json()

    def clean_currency(self) -> str:
        try:
            return known_currency(self.cleaned_data["currency"])
        except ShownToUser as refusal:
            raise ValidationError(refusal.message) from refusal

    def clean(self) -> dict[str, Any]:
        """The reward is read last, because its decimals depend on the currency."""
        cleaned = super().clean() or self.cleaned_data
        if "currency" in cleaned and "reward" in cleaned:
            try:
                cleaned["reward_minor"] = parse_amount(cleaned["reward"], currency=cleaned["currency"])
            except ShownToUser as refusal:
                self.add_error("reward", refusal.message)
        return cleaned

    def plan(self, *, channel_settings: dict[str, Any]) -> EffortPlan:
        chosen = self.cleaned_data
        return EffortPlan(
            units_wanted=chosen["units_wanted"],
            reward_minor=chosen["reward_minor"],
            currency=chosen["currency"],
            identities_kept_days=chosen["identities_kept_days"],
            channel_settings=channel_settings,
            decision_rules=DecisionRules(
                approve_when=ApproveWhen(chosen["approve_when"]),
                accepted_needed=chosen["accepted_needed"],
                reject_after=chosen["reject_after"],
                reject_reason=chosen["reject_reason"],
            ),
        )
