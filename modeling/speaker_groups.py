"""Which source of each passage belongs to which speaker: passages that surely agree are grouped, groups aligned.

All evidence is in units of log-likelihood, so that it can be added. Voices are compared as Gaussians with one
covariance whose means are adapted from the average voice (Reynolds et al., 2000): a speaker who has not been
heard yet is the average one, and an unlike voice prefers that to somebody else's profile.

Shape suffixes: c, s sources (of the earlier passage or the recording, and of the later one), d features.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import linear_sum_assignment

from modeling.voice_statistics import Array, VoiceSums

Order = list[int]

SURE_FROM = 0.2
"""Overlaps that prefer one order over every other by this share of their energy group their passages."""
PRIOR_FRAMES = 40.0
"""Frames of the average voice in every profile."""
FRAMES_PER_OBSERVATION = 4.0
"""Neighbouring frames of speech say nearly the same: about eight observations a second."""
ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How much the sources of a passage are like those of an earlier one, `before`: -1 to 1, and the weight."""

    before: int
    likeness_cs: Array
    weight: float
    is_sure: bool


class SpeakerGroups:
    """Passages in groups: within one the order of sources is settled, between groups it is decided at the end."""

    def __init__(self) -> None:
        self._group_of: list[int] = []
        self._inner: list[Order] = []
        self._voices: list[list[VoiceSums]] = []
        self._links: dict[int, dict[int, Array]] = defaultdict(dict)
        """For a group and a neighbour: the weighted likeness, in the orders of both groups."""

    @property
    def count(self) -> int:
        """Passages taken so far."""
        return len(self._group_of)

    def add(self, voices: Sequence[VoiceSums], links: Sequence[Link]) -> None:
        """Take the next passage with its voices and its links to earlier ones."""
        sure = max(
            (link for link in links if link.is_sure and _margin(self._aligned(link)) >= SURE_FROM),
            key=lambda link: link.weight * _margin(self._aligned(link)),
            default=None,
        )
        if sure is None:
            group, order = len(self._voices), list(range(len(voices)))
            self._voices.append(list(voices))
        else:
            group, order = self._group_of[sure.before], _best_order(self._aligned(sure))
            old = self._voices[group]
            self._voices[group] = [old[c] + voices[s] for c, s in enumerate(order)]
        for link in links:
            self._tie(group, order, link)
        self._group_of.append(group)
        self._inner.append(order)

    def orders(self) -> list[Order]:
        """For every passage the source that belongs to each stem of the recording."""
        orders = self._align()
        return [
            [inner[c] for c in orders[group]]
            for group, inner in zip(self._group_of, self._inner, strict=True)
        ]

    def _aligned(self, link: Link) -> Array:
        """The likeness with its rows in the order of the earlier passage's group."""
        return link.likeness_cs[self._inner[link.before]]

    def _tie(self, group: int, order: Order, link: Link) -> None:
        other = self._group_of[link.before]
        if other != group:
            weighted = link.weight * self._aligned(link)[:, order]
            self._links[group][other] = self._links[group].get(other, 0.0) + weighted.T
            self._links[other][group] = self._links[other].get(group, 0.0) + weighted

    def _align(self) -> list[Order]:
        """The order of each group: one after the other as they come, then again with what all others say."""
        background = _sum([voice for voices in self._voices for voice in voices])
        orders: dict[int, Order] = {}
        for group in range(len(self._voices)):
            orders[group] = self._place(group, orders, background)
        for _ in range(ROUNDS):
            before = dict(orders)
            for group in orders:
                orders[group] = self._place(group, orders, background)
            if orders == before:
                break
        return [orders[group] for group in range(len(orders))]

    def _place(self, group: int, orders: dict[int, Order], background: VoiceSums) -> Order:
        """The order of one group that suits the voices of all the others and its own links best."""
        voices = self._voices[group]
        others = [
            _sum([self._voices[other][order[c]] for other, order in orders.items() if other != group])
            for c in range(len(voices))
        ]
        score_cs = np.stack([_fit(profile, voices, background) for profile in others])
        for other, likeness_sc in self._links[group].items():
            if other in orders:
                score_cs += likeness_sc[:, orders[other]].T
        return _best_order(score_cs)


def _fit(profile: VoiceSums, voices: Sequence[VoiceSums], background: VoiceSums) -> Array:
    """Log-likelihood of each voice under a profile, beyond that under the average voice."""
    if background.frames < 1:
        return np.zeros(len(voices))
    mean_d = background.sum_d / background.frames
    covariance_dd = background.squares_dd / background.frames - np.outer(mean_d, mean_d)
    covariance_dd += (1e-3 * np.trace(covariance_dd) / len(mean_d) + 1e-9) * np.eye(len(mean_d))
    adapted_d = (profile.sum_d + PRIOR_FRAMES * mean_d) / (profile.frames + PRIOR_FRAMES)
    # One covariance for all voices: only the means differ, and the likelihood ratio is linear in the sums.
    direction_d = np.linalg.solve(covariance_dd, adapted_d - mean_d)
    middle_d = (adapted_d + mean_d) / 2
    return np.array(
        [(voice.sum_d - voice.frames * middle_d) @ direction_d / FRAMES_PER_OBSERVATION for voice in voices]
    )


def _best_order(score_cs: Array) -> Order:
    return [int(s) for s in linear_sum_assignment(score_cs, maximize=True)[1]]


def _margin(likeness_cs: Array) -> float:
    """By how much the best order beats those that differ from it in two sources."""
    order = _best_order(likeness_cs)
    kept = likeness_cs[:, order]
    gaps = [kept[c, c] + kept[d, d] - kept[c, d] - kept[d, c] for c, d in combinations(range(len(order)), 2)]
    return float(min(gaps, default=1.0))


def _sum(voices: Sequence[VoiceSums]) -> VoiceSums:
    return sum(voices, VoiceSums.nothing())
