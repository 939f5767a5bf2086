"""Change how an effort calls, decides and pays people; what changed is in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.audit import record_action
from core.errors import ShownToUser
from recruitment.channels import CHANNELS
from recruitment.models import Effort
from recruitment.rules.deciding import DecisionRules
from recruitment.rules.money import known_currency

PLAIN_FIELDS = ("units_wanted", "reward_minor", "currency", "identities_kept_days", "decision_rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortPlan:
    """All that an admin sets, apart from the channel itself."""

    units_wanted: int
    reward_minor: int
    currency: str
    identities_kept_days: int
    decision_rules: DecisionRules
    channel_settings: dict[str, Any]


@transaction.atomic
def change_settings(*, effort: Effort, plan: EffortPlan, actor: User) -> list[str]:
    """The names of what changed. What is owed already keeps its amount; decisions that were made stand.

    Raises ShownToUser `unknown_currency` or `units_wanted`.
    """
    if plan.units_wanted < 1:
        raise ShownToUser(
            "One submission is paid for at least one finished unit of work.",
            code="units_wanted",
            field="units_wanted",
        )
    locked = Effort.objects.select_for_update().get(pk=effort.pk)
    wanted = wanted_values(plan)
    changed = {name: value for name, value in wanted.items() if getattr(locked, name) != value}
    if changed:
        before = {name: getattr(locked, name) for name in changed}
        Effort.objects.filter(pk=effort.pk).update(**changed)
        write_audit(effort, before=before, after=changed, actor=actor)
    effort.refresh_from_db()
    return list(changed)


def wanted_values(plan: EffortPlan) -> dict[str, Any]:
    return {
        "units_wanted": plan.units_wanted,
        "reward_minor": plan.reward_minor,
        "currency": known_currency(plan.currency),
        "identities_kept_days": plan.identities_kept_days,
        "decision_rules": plan.decision_rules.as_json(),
        "channel_settings": plan.channel_settings,
    }


def write_audit(effort: Effort, *, before: dict[str, Any], after: dict[str, Any], actor: User) -> None:
    """Values of the channel's own settings stay out: they may be codes that nobody else should read."""
    details: dict[str, Any] = {
        name: {"from": before[name], "to": after[name]} for name in PLAIN_FIELDS if name in after
    }
    if "channel_settings" in after:
        old, new = before["channel_settings"], after["channel_settings"]
        details["channel_settings"] = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    record_action(actor=actor, action="effort.change", subject=f"effort:{effort.pk}", details=details)


@transaction.atomic
def choose_channel(*, effort: Effort, channel: str, actor: User) -> None:
    """From now on people come this way; the settings of the former channel go. The same one changes nothing.

    Raises ShownToUser `unknown_channel` or `channel_fixed`.
    """
    if channel not in CHANNELS:
        raise ShownToUser(
            f"{channel!r} is no channel. Please choose one of: {', '.join(CHANNELS)}.",
            code="unknown_channel",
            field="channel",
        )
    locked = Effort.objects.select_for_update().get(pk=effort.pk)
    if locked.channel == channel:
        return
    obstacle = why_channel_is_fixed(locked)
    if obstacle:
        raise ShownToUser(obstacle, code="channel_fixed", field="channel", status=409)
    record_action(
        actor=actor,
        action="effort.choose_channel",
        subject=f"effort:{effort.pk}",
        details={"from": locked.channel, "to": channel},
    )
    Effort.objects.filter(pk=effort.pk).update(channel=channel, channel_settings={})
    effort.refresh_from_db()


def why_channel_is_fixed(effort: Effort) -> str:
    """A sentence, or "" while the channel can still be changed."""
    submissions = effort.submissions.count()
    if not submissions:
        return ""
    title = CHANNELS[effort.channel].title
    have = "submission has" if submissions == 1 else "submissions have"
    return (
        f"{submissions} {have} come through {title}: they are decided and paid there, so the channel stays. "
        "For another channel make another campaign or study."
    )
