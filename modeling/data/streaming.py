"""Dynamic mixing from sharded archives: a window of clips in memory that moves on as mixtures are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modeling.data.bank import BankedClip, bank_clip
from modeling.data.batches import MixtureBatch
from modeling.data.halves import clips_of_half
from modeling.data.mixing import DynamicMixer, Surroundings
from modeling.data.mixing_config import MixingConfig
from modeling.data.shards import ShardedClip, ShardStream, read_shards

RENEWED_CLIPS = 16
MIXTURES_A_RENEWAL = 64
"""So many mixtures are drawn between renewals: decoding stays a small part of drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """At which rate and speeds clips are decoded."""

    sample_rate_hz: int
    speeds_percent: Sequence[int]


class ShardedMixer(DynamicMixer):
    """A mixing stream over more speech than memory holds; its state names the window, clip by clip."""

    def __init__(
        self,
        stream: ShardStream,
        *,
        surroundings: Surroundings,
        config: MixingConfig,
        sample_rate_hz: int,
        seed: int,
    ) -> None:
        self._stream = stream
        self._decoding = Decoding(sample_rate_hz=sample_rate_hz, speeds_percent=config.speeds_percent)
        self._window = [stream.draw() for _ in range(min(config.window_clips, len(stream)))]
        self._clips: dict[int, BankedClip] = {}
        self._since_renewal = 0
        # Decoded at the first draw: of several streams of a run, most wait for their stage.
        super().__init__(
            None,
            surroundings=surroundings,
            config=config,
            sample_rate_hz=sample_rate_hz,
            seed=seed,
        )

    def state_dict(self) -> dict[str, Any]:
        return {
            "mixer": super().state_dict(),
            "stream": self._stream.state_dict(),
            "window": list(self._window),
            "since_renewal": self._since_renewal,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._stream.load_state_dict(state["stream"])
        self._since_renewal = state["since_renewal"]
        self._window, self._clips = list(state["window"]), {}
        super().load_state_dict(state["mixer"])

    def draw_batch(self, size: int) -> MixtureBatch:
        if not self._clips:
            self._move_to(self._window)
        if self._since_renewal >= MIXTURES_A_RENEWAL:
            newer = [self._stream.draw() for _ in range(min(RENEWED_CLIPS, len(self._window)))]
            self._move_to([*self._window[len(newer) :], *newer])
            self._since_renewal = 0
        self._since_renewal += size
        return super().draw_batch(size)

    def _move_to(self, window: list[int]) -> None:
        """Decode what is new in the window and forget what left it."""
        self._clips = {
            number: self._clips[number] if number in self._clips else self._decode(number)
            for number in dict.fromkeys(window)
        }
        self._window = window
        self.recast(list(self._clips.values()))

    def _decode(self, number: int) -> BankedClip:
        sharded = self._stream.clip(number)
        return bank_clip(
            sharded.clip,
            sharded.read(),
            sample_rate_hz=self._decoding.sample_rate_hz,
            speeds_percent=self._decoding.speeds_percent,
        )


def open_sharded_mixer(
    folder: Path, *, surroundings: Surroundings, config: MixingConfig, sample_rate_hz: int, seed: int
) -> ShardedMixer:
    """Open the training shards of a folder; `config.speaker_half` picks speakers as it does in memory."""
    shards = [_of_half(shard, config) for shard in read_shards(folder, split="train")]
    return ShardedMixer(
        ShardStream(shards, seed=seed),
        surroundings=surroundings,
        config=config,
        sample_rate_hz=sample_rate_hz,
        seed=seed,
    )


def _of_half(shard: Sequence[ShardedClip], config: MixingConfig) -> list[ShardedClip]:
    speakers = {clip.speaker_id for clip in clips_of_half([each.clip for each in shard], config.speaker_half)}
    return [each for each in shard if each.clip.speaker_id in speakers]
