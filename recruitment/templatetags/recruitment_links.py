"""From what a row is about (`kind:public id`) to the page that shows it."""

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()

PAGES = {"recording": "review-recording", "study": "study-results"}


@register.simple_tag
def subject_address(subject: str) -> str:
    """Empty where no page shows it; recruitment knows the names of pages above it, nothing else of them."""
    kind, _, public_id = subject.partition(":")
    if kind not in PAGES:
        return ""
    try:
        return reverse(PAGES[kind], args=[public_id])
    except NoReverseMatch:
        return ""
