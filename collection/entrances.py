"""The campaign that people are called to, for those who sent them."""

from django.urls import reverse

from collection.models import Campaign
from recruitment.entrances import Work
from recruitment.models import Effort


def campaign_entrance(effort: Effort) -> Work | None:
    """The effort's campaign, or None where it has none."""
    campaign = Campaign.objects.filter(effort=effort).first()
    if campaign is None:
        return None
    return Work(
        title="campaign",
        entrance=reverse("campaign", args=[campaign.slug]),
        page=reverse("campaign-admin", args=[campaign.slug]),
        state=campaign.get_state_display().lower(),
        is_open=campaign.is_open,
        review=reverse("review-queue"),
    )
