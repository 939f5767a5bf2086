"""Files of a platform that pays rewards, in a channel where we owe them: nobody shall be paid twice."""

from __future__ import annotations

from core.errors import ShownToUser
from recruitment.channels import channel_named
from recruitment.models import ProviderFile
from recruitment.rules.results_columns import MTURK


def may_be_paid_twice(*, provider_file: ProviderFile) -> bool:
    """A file of Mechanical Turk, which pays the reward of an approval, in a channel whose rewards are ours to pay."""
    is_turk = provider_file.columns.get("layout") == MTURK
    return is_turk and not channel_named(provider_file.effort.channel).pays_rewards


def refuse_paying_twice(*, provider_file: ProviderFile) -> None:
    """Raises ShownToUser `may_be_paid_twice`; not for callers whom an admin told that the platform does not pay."""
    if may_be_paid_twice(provider_file=provider_file):
        raise ShownToUser(
            "This is a file of Mechanical Turk, which pays the reward itself: choose that channel under Settings "
            "first, or say that the platform does not pay. Otherwise the reward would be owed here as well.",
            code="may_be_paid_twice",
            status=409,
        )
