"""The front page: what Realm is, the campaigns that are open, and examples anybody may hear."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collection.models import Campaign, Recording


def home(request: HttpRequest) -> HttpResponse:
    examples = Recording.objects.public_examples().select_related("assignment__prompt", "participation")
    return render(
        request,
        "home/home.html",
        {"campaigns": Campaign.objects.open().order_by("created_at"), "examples": examples},
    )
