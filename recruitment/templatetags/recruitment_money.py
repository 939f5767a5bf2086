"""Amounts in templates."""

from django import template

from recruitment.models import Payment
from recruitment.rules import money as rules

register = template.Library()


@register.filter
def amount(payment: Payment) -> str:
    """`4.50 EUR`, from the integer in the row."""
    return rules.money(payment.amount_minor, payment.currency)
