"""Who speaks in a mixture: speakers known apart, by rules on corpus and sex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modeling.data.bank import BankedClip
from modeling.data.mixing_config import MixingConfig
from modeling.errors import InputRefused

SOURCE_WEIGHTS = {
    "so": 0.36,
    "libri": 0.30,
    "alffa": 0.10,
    "an4": 0.09,
    "pico": 0.08,
    "emodb": 0.05,
    "lj": 0.01,
    "vctk": 0.01,
}
"""How often a corpus is drawn: between its size and its number of speakers; unknown ones get 0.1."""

UNLABELLED_SPEAKERS = {"pico"}
"""Corpora whose speaker ids are groups: two of their clips may be one person and are never mixed."""

MOST_ATTEMPTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One voice and its clips; `sex` is f, m or empty where it is not known."""

    speaker_id: str
    source: str
    sex: str
    clips: tuple[BankedClip, ...]


class Crowd:
    """Speakers of one corpus, drawn by the square root of their clips.

    Many-clip speakers do not dominate so, and one-clip speakers do not wear out.
    """

    def __init__(self, speakers: Sequence[Speaker]) -> None:
        self.speakers = list(speakers)
        self._edges = np.cumsum([np.sqrt(len(speaker.clips)) for speaker in speakers])

    def draw(self, rng: np.random.Generator) -> Speaker:
        index = int(np.searchsorted(self._edges, rng.random() * self._edges[-1], side="right"))
        return self.speakers[min(index, len(self.speakers) - 1)]


class Casting:
    """Draws the speakers of a mixture by the shares of a `MixingConfig`."""

    def __init__(self, clips: Sequence[BankedClip], *, config: MixingConfig) -> None:
        self._config = config
        self._crowds = _crowds(clips)
        _refuse_few_speakers(self._crowds, wanted=config.num_sources)
        self._sources = sorted(self._crowds)
        self._alone = [
            source
            for source in self._sources
            if source not in UNLABELLED_SPEAKERS and len(self._crowds[source].speakers) >= config.num_sources
        ]

    def draw(self, rng: np.random.Generator) -> list[Speaker]:
        """Speakers known apart; within one corpus and of one sex in the configured shares, where possible."""
        within_one = len(self._sources) == 1 or (
            bool(self._alone) and rng.random() < self._config.same_source_share
        )
        wants_same_sex = rng.random() < self._config.same_sex_share
        attempt = 0
        while True:
            sources = self._draw_sources(rng, within_one=within_one and bool(self._alone))
            cast = self._draw_speakers(rng, sources, wants_same_sex=wants_same_sex)
            attempt += 1
            if cast is not None and (_agrees(cast, wants_same_sex) or attempt >= MOST_ATTEMPTS):
                return cast

    def _draw_sources(self, rng: np.random.Generator, *, within_one: bool) -> list[str]:
        wanted = self._config.num_sources
        if within_one:
            return [_weighted(rng, self._alone)] * wanted
        while True:
            drawn = [_weighted(rng, self._sources) for _ in range(wanted)]
            unlabelled = sum(source in UNLABELLED_SPEAKERS for source in drawn)
            is_possible = all(drawn.count(source) <= len(self._crowds[source].speakers) for source in drawn)
            if unlabelled <= 1 and is_possible and (len(set(drawn)) > 1 or len(self._sources) == 1):
                return drawn

    def _draw_speakers(
        self, rng: np.random.Generator, sources: Sequence[str], *, wants_same_sex: bool
    ) -> list[Speaker] | None:
        """The first speaker as it comes, the others by sex where they can be found in a few draws."""
        cast = [self._crowds[sources[0]].draw(rng)]
        for source in sources[1:]:
            for attempt in range(MOST_ATTEMPTS):
                other = self._crowds[source].draw(rng)
                is_new = all(other.speaker_id != each.speaker_id for each in cast)
                if is_new and (attempt >= MOST_ATTEMPTS // 2 or _agrees([*cast, other], wants_same_sex)):
                    cast.append(other)
                    break
        return cast if len(cast) == len(sources) else None


def _agrees(cast: Sequence[Speaker], wants_same_sex: bool) -> bool:
    """Whether the sexes are as wanted; where one is not known, any cast is."""
    sexes = {speaker.sex for speaker in cast}
    return "" in sexes or (len(sexes) == 1) == wants_same_sex


def _weighted(rng: np.random.Generator, sources: Sequence[str]) -> str:
    edges = np.cumsum([SOURCE_WEIGHTS.get(source, 0.1) for source in sources])
    index = int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))
    return sources[min(index, len(sources) - 1)]


def _crowds(clips: Sequence[BankedClip]) -> dict[str, Crowd]:
    by_speaker: dict[str, list[BankedClip]] = {}
    for clip in clips:
        if clip.gain > 0:
            by_speaker.setdefault(clip.speaker_id, []).append(clip)
    by_source: dict[str, list[Speaker]] = {}
    for speaker_id, own in sorted(by_speaker.items()):
        known = sorted({clip.sex for clip in own} - {""})
        speaker = Speaker(
            speaker_id=speaker_id,
            source=own[0].source,
            sex=known[0] if len(known) == 1 else "",
            clips=tuple(own),
        )
        by_source.setdefault(speaker.source, []).append(speaker)
    return {source: Crowd(speakers) for source, speakers in by_source.items()}


def _refuse_few_speakers(crowds: dict[str, Crowd], *, wanted: int) -> None:
    known_apart = sum(
        min(len(crowd.speakers), 1 if source in UNLABELLED_SPEAKERS else wanted)
        for source, crowd in crowds.items()
    )
    unlabelled = sum(source in UNLABELLED_SPEAKERS for source in crowds)
    # Two unlabelled corpora may share people as well: one voice in all can come from them.
    known_apart -= max(0, unlabelled - 1)
    if known_apart < wanted:
        raise InputRefused(
            f"The corpus has too few speakers to mix: at least {wanted}, known apart, are needed, "
            f"and it has {known_apart}."
        )
