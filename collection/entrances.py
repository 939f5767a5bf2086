"""The page on which people begin to record, for those who sent them."""

from django.urls import reverse

from collection.models import Campaign
from recruitment.models import Effort


def campaign_entrance(effort: Effort) -> str:
    """The path of the effort's campaign, or "" where it has none."""
    campaign = Campaign.objects.filter(effort=effort).first()
    return reverse("campaign", args=[campaign.slug]) if campaign else ""
