"""Pages on which an admin makes, fills, opens and closes campaigns."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import StaffRequest, admin_required
from collection.campaign_forms import NewCampaignForm, PromptListForm
from collection.models import Campaign, Recording
from collection.services.campaigns import change_state, create_campaign
from collection.services.prompts import import_prompts
from core.errors import ShownToUser


@require_http_methods(["GET", "POST"])
@admin_required
def campaign_new(request: StaffRequest) -> HttpResponse:
    """A form for all that a campaign needs; it starts as a draft."""
    form = NewCampaignForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = create_campaign(plan=form.plan(), actor=request.user)
        except ShownToUser as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, f"{campaign} is a draft now; nobody sees it yet.", extra_tags="good")
            return redirect("campaign-admin", campaign.slug)
    return render(request, "campaigns/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@admin_required
def campaign_admin(request: HttpRequest, slug: str) -> HttpResponse:
    """One campaign: its state, its numbers, its link, and a form for more sentences."""
    campaign = get_object_or_404(Campaign, slug=slug)
    form = PromptListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            counts = import_prompts(campaign=campaign, lines=form.cleaned_data["prompts"])
        except ShownToUser as refusal:
            form.add_error("prompts", f"{refusal.message} Nothing was imported.")
        else:
            added = f"{counts.added} sentence pairs added, {counts.already_there} were there already."
            messages.success(request, added, extra_tags="good")
            return redirect("campaign-admin", slug)
    context = {"campaign": campaign, "form": form, "numbers": numbers_of(campaign)}
    return render(request, "campaigns/campaign.html", context, status=422 if form.is_bound else 200)


@require_POST
@admin_required
def campaign_state(request: StaffRequest, slug: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, slug=slug)
    change_state(campaign=campaign, state=request.POST.get("state", ""), actor=request.user)
    messages.success(request, f"{campaign} is {campaign.get_state_display().lower()} now.", extra_tags="good")
    return redirect("campaign-admin", slug)


def numbers_of(campaign: Campaign) -> dict[str, int]:
    recordings = Recording.objects.kept().filter(participation__campaign=campaign)
    return {
        "prompts": campaign.prompts.count(),
        "sessions": campaign.participations.count(),
        "recordings": recordings.count(),
        "waiting": recordings.awaiting_review().count(),
        "accepted": recordings.releasable().count(),
    }
