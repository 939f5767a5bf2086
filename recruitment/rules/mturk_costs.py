"""What a HIT costs: the reward, and Mechanical Turk's fee on it; all in US cents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FEE_PERCENT: Final = 20
CROWD_FEE_PERCENT: Final = 20  # on top, for a HIT with ten assignments or more
CROWD_FROM: Final = 10
LEAST_FEE_CENTS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCost:
    assignments: int
    reward_cents: int
    fee_cents: int  # for one assignment

    @property
    def total_cents(self) -> int:
        return self.assignments * (self.reward_cents + self.fee_cents)

    @property
    def is_crowd(self) -> bool:
        return self.assignments >= CROWD_FROM


def hit_cost(*, reward_cents: int, assignments: int) -> HitCost:
    """Fees are rounded half up to a cent, and are one cent at least."""
    percent = FEE_PERCENT + (CROWD_FEE_PERCENT if assignments >= CROWD_FROM else 0)
    fee_cents = max(LEAST_FEE_CENTS, (reward_cents * percent + 50) // 100)
    return HitCost(assignments=assignments, reward_cents=reward_cents, fee_cents=fee_cents)


def dollars(cents: int) -> str:
    """As the API wants it: `1.05`."""
    return f"{cents // 100}.{cents % 100:02d}"


def cents_of(dollars_text: str) -> int:
    """What Mechanical Turk says (`1`, `1.5`, `1.05`) in cents."""
    whole, _, rest = dollars_text.partition(".")
    return int(whole or "0") * 100 + int((rest + "00")[:2])
