"""Decisions in words."""

from django import template

from recruitment.rules.deciding import RULE_WORDS

register = template.Library()


@register.filter
def rule_words(rule: str) -> str:
    """A rule by its words; those of people and platforms are words already."""
    return RULE_WORDS.get(rule, rule)
