"""Which recordings a researcher can choose from, and the seeded choice among them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from collection.models import Recording
from collection.querysets import RecordingQuerySet
from core.errors import ShownToUser
from evaluation.registry.models import ModelBundle
from evaluation.runs.models import Separation

ANY_REVIEW_STATE = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A choice that can be made again: the same rows, number and seed give the same recordings."""

    bundle: ModelBundle
    review_state: str
    how_many: int
    seed: int

    def as_json(self) -> dict[str, Any]:
        return {
            "bundle": self.bundle.digest,
            "review_state": self.review_state,
            "how_many": self.how_many,
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """How many recordings one separator has separated, by review state."""

    bundle: ModelBundle
    accepted: int
    waiting: int
    rejected: int

    @property
    def total(self) -> int:
        return self.accepted + self.waiting + self.rejected


def eligible_recordings(*, bundle: ModelBundle, review_state: str) -> RecordingQuerySet:
    """Kept recordings that `bundle` has separated into all its stems."""
    separated = Separation.objects.whole().filter(bundle=bundle)
    recordings = Recording.objects.kept().filter(pk__in=separated.values("recording"))
    if review_state != ANY_REVIEW_STATE:
        recordings = recordings.filter(review_state=review_state)
    return recordings.order_by("id")


def choose_recordings(*, selection: Selection) -> list[Recording]:
    """`how_many` at random, without repetition; raises ShownToUser where there are fewer."""
    eligible = list(eligible_recordings(bundle=selection.bundle, review_state=selection.review_state))
    if not 1 <= selection.how_many <= len(eligible):
        raise ShownToUser(
            f"{selection.how_many} recordings were asked for, but {len(eligible)} were separated by "
            f"{selection.bundle.name} and have the review state '{selection.review_state}'. "
            + (f"Choose 1 to {len(eligible)}." if eligible else "Choose another review state or separator."),
            code="too_few_recordings",
            field="how_many",
        )
    return random.Random(selection.seed).sample(eligible, selection.how_many)


def available_recordings() -> list[Available]:
    """One line per registered separator, the default first."""
    separators = ModelBundle.objects.filter(kind=ModelBundle.Kind.SEPARATOR).order_by("-is_default", "name")
    return [count_available(bundle) for bundle in separators]


def count_available(bundle: ModelBundle) -> Available:
    states = list(
        eligible_recordings(bundle=bundle, review_state=ANY_REVIEW_STATE).values_list(
            "review_state", flat=True
        )
    )
    return Available(
        bundle=bundle,
        accepted=states.count("accepted"),
        waiting=states.count("waiting"),
        rejected=states.count("rejected"),
    )
