"""The terms of a HIT in Mechanical Turk's own words: times in seconds, dollars as text, qualifications by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from core.errors import ShownToUser
from recruitment.rules.mturk_costs import HitCost, dollars, hit_cost

APPROVED_PERCENT: Final = "000000000000000000L0"
APPROVED_COUNT: Final = "00000000000000000040"
LOCALE: Final = "00000000000000000071"
SECONDS_OF_MINUTE, SECONDS_OF_DAY = 60, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class HitTerms:
    """What one HIT offers; kept with it as JSON, so that later settings do not rewrite what was offered."""

    layout: str
    address: str
    title: str
    description: str
    keywords: str = ""
    reward_cents: int
    stamps_wanted: int
    assignments: int = 9
    assignment_s: int = 3_600
    lifetime_s: int = 7 * SECONDS_OF_DAY
    auto_approval_s: int = 14 * SECONDS_OF_DAY
    approved_percent: int = 0
    approved_count: int = 0
    countries: str = ""

    @property
    def cost(self) -> HitCost:
        return hit_cost(reward_cents=self.reward_cents, assignments=self.assignments)

    @property
    def assignment_minutes(self) -> int:
        return self.assignment_s // SECONDS_OF_MINUTE

    @property
    def lifetime_days(self) -> int:
        return self.lifetime_s // SECONDS_OF_DAY

    @property
    def auto_approval_days(self) -> int:
        return self.auto_approval_s // SECONDS_OF_DAY

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> HitTerms:
        return cls(**stored)


def terms_of(settings: Mapping[str, Any], *, reward_cents: int, stamps_wanted: int, address: str) -> HitTerms:
    """The terms that an effort's settings make. Raises ShownToUser `hit_incomplete` with the field."""
    for field, wanted in (("title", settings.get("title")), ("description", settings.get("description"))):
        if not wanted:
            raise incomplete(field, f"The HIT has no {field} yet: write it in the settings and save them.")
    if reward_cents < 1:
        raise incomplete("reward", "The reward is 0: set it in the settings of the effort first.")
    return HitTerms(
        layout=str(settings.get("layout", "link")),
        address=address,
        title=str(settings["title"]),
        description=str(settings["description"]),
        keywords=str(settings.get("keywords", "")),
        reward_cents=reward_cents,
        stamps_wanted=stamps_wanted,
        assignments=int(settings.get("assignments_wanted", 9)),
        assignment_s=int(settings.get("assignment_minutes", 60)) * SECONDS_OF_MINUTE,
        lifetime_s=int(settings.get("lifetime_days", 7)) * SECONDS_OF_DAY,
        auto_approval_s=int(settings.get("auto_approval_days", 14)) * SECONDS_OF_DAY,
        approved_percent=int(settings.get("approved_percent", 0)),
        approved_count=int(settings.get("approved_count", 0)),
        countries=str(settings.get("countries", "")),
    )


def incomplete(field: str, sentence: str) -> ShownToUser:
    return ShownToUser(sentence, code="hit_incomplete", field=field)


def hit_type_of(terms: HitTerms) -> dict[str, Any]:
    """Arguments of CreateHITType."""
    return {
        "Title": terms.title,
        "Description": terms.description,
        "Keywords": terms.keywords,
        "Reward": dollars(terms.reward_cents),
        "AssignmentDurationInSeconds": terms.assignment_s,
        "AutoApprovalDelayInSeconds": terms.auto_approval_s,
        "QualificationRequirements": qualifications_of(terms),
    }


def qualifications_of(terms: HitTerms) -> list[dict[str, Any]]:
    """Seen by everybody, accepted by those who have them."""
    wanted: list[dict[str, Any]] = []
    for number, least in ((APPROVED_PERCENT, terms.approved_percent), (APPROVED_COUNT, terms.approved_count)):
        if least:
            wanted.append(
                {
                    "QualificationTypeId": number,
                    "Comparator": "GreaterThanOrEqualTo",
                    "IntegerValues": [least],
                }
            )
    if terms.countries:
        places = [{"Country": code} for code in terms.countries.split()]
        wanted.append({"QualificationTypeId": LOCALE, "Comparator": "In", "LocaleValues": places})
    return [{**each, "ActionsGuarded": "Accept"} for each in wanted]
