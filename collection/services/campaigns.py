"""Make, open and close campaigns."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.services.audit import record_action
from collection.models import Campaign
from collection.services.prompts import import_prompts
from core.errors import ShownToUser
from recruitment.models import Effort
from recruitment.services.consents import publish_consent_text


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPlan:
    """What an admin decides about a new campaign; `prompt_lines` as in a list of prompts."""

    title: str
    slug: str
    introduction: str
    language: str
    language_name: str
    licence: str
    contact_email: str
    consent_text: str
    prompt_lines: list[str]


def create_campaign(*, plan: CampaignPlan, actor: User) -> Campaign:
    """A draft with its effort, consent text version 1 and prompts, or nothing at all.

    Raises ShownToUser `slug_taken`, `consent_text_empty` or `bad_prompt_list`.
    """
    with transaction.atomic():
        if Campaign.objects.filter(slug=plan.slug).exists():
            raise ShownToUser(
                f"The address {plan.slug!r} belongs to another campaign. Please choose another one.",
                code="slug_taken",
                field="slug",
            )
        effort = Effort.objects.create(name=plan.title)
        publish_consent_text(effort=effort, text=plan.consent_text)
        campaign = Campaign.objects.create(
            effort=effort,
            title=plan.title,
            slug=plan.slug,
            introduction=plan.introduction,
            language=plan.language,
            language_name=plan.language_name,
            licence=plan.licence,
            contact_email=plan.contact_email,
        )
        import_prompts(campaign=campaign, lines=plan.prompt_lines)
        record_action(actor=actor, action="campaign.create", subject=f"campaign:{campaign.slug}")
    return campaign


def change_state(*, campaign: Campaign, state: str, actor: User) -> Campaign:
    """Open or close a campaign; what was recorded stays. Raises ShownToUser `cannot_open`, `bad_state`."""
    if state not in (Campaign.State.OPEN, Campaign.State.CLOSED):
        raise ShownToUser(
            f"A campaign cannot become {state[:20]!r}: please choose open or closed.",
            code="bad_state",
            field="state",
        )
    with transaction.atomic():
        if state == Campaign.State.OPEN:
            refuse_incomplete_campaign(campaign)
        if Campaign.objects.filter(pk=campaign.pk).exclude(state=state).update(state=state):
            record_action(actor=actor, action=f"campaign.{state}", subject=f"campaign:{campaign.slug}")
    campaign.refresh_from_db()
    return campaign


def refuse_incomplete_campaign(campaign: Campaign) -> None:
    if not campaign.prompts.exists() or not campaign.effort.consent_texts.exists():
        raise ShownToUser(
            f"'{campaign.title}' cannot open: it needs prompts and a consent text. Please add what is missing.",
            code="cannot_open",
            field="state",
            status=409,
        )
