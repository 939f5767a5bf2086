"""From what a row is about (`kind:public id`) to the page that shows it, and tickets to come back with."""

from django import template
from django.template.context import RequestContext
from django.urls import NoReverseMatch, reverse

from recruitment.return_tickets import tickets_of

register = template.Library()

PAGES = {"recording": "review-recording", "study": "study-results"}
PLAYERS = {"recording": "recording-results"}


@register.simple_tag
def subject_address(subject: str) -> str:
    """Empty where no page shows it; recruitment knows the names of pages above it, nothing else of them."""
    return address_in(PAGES, subject)


@register.simple_tag
def subject_players(subject: str) -> str:
    """The address of an HTML fragment with players; empty where there is nothing to hear."""
    return address_in(PLAYERS, subject)


def address_in(pages: dict[str, str], subject: str) -> str:
    kind, _, public_id = subject.partition(":")
    if kind not in pages:
        return ""
    try:
        return reverse(pages[kind], args=[public_id])
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def return_tickets(context: RequestContext) -> str:
    """Of everybody this browser entered as, with blanks between; empty where it knows nobody."""
    return " ".join(tickets_of(context["request"].session))
