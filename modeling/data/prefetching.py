"""Dynamic mixing by several processes, for a GPU that is faster than one core draws.

Batch k is drawn from the seed and k alone, so the stream is the same for any number of workers and its position
is one number. Workers are forked: the decoded speech is shared, not copied.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from modeling.data.batches import MixtureBatch
from modeling.data.mixing import DynamicMixer, MixtureStream
from modeling.data.streaming import ShardedMixer
from modeling.errors import InputRefused

AHEAD_PER_WORKER = 2


class PrefetchingMixer:
    """Wraps a `DynamicMixer`; batches of one size are drawn ahead, in order."""

    def __init__(self, mixer: DynamicMixer, *, seed: int, workers: int) -> None:
        self._mixer, self._seed, self._workers = mixer, seed, workers
        self._position = 0
        self._size = 0
        self._ahead: Iterator[MixtureBatch] | None = None

    def state_dict(self) -> dict[str, Any]:
        """The number of batches taken, whatever is drawn ahead."""
        return {"batches_taken": self._position}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if "batches_taken" not in state:
            raise InputRefused(
                "The checkpoint was written with mixing.workers=0: its stream of mixtures cannot go on with "
                "workers. Resume with --set mixing.workers=0."
            )
        self._position, self._ahead = int(state["batches_taken"]), None

    def draw_batch(self, size: int) -> MixtureBatch:
        if self._ahead is None or size != self._size:
            self._size, self._ahead = size, self._start(size)
        batch = next(self._ahead)
        self._position += 1
        return batch

    def _start(self, size: int) -> Iterator[MixtureBatch]:
        batches = _Batches(self._mixer, seed=self._seed, size=size, start=self._position)
        loader = DataLoader(
            batches,
            batch_size=None,
            num_workers=self._workers,
            # Its own generator: the loader would take its seed from the one that a checkpoint restores.
            generator=torch.Generator().manual_seed(self._seed),
            prefetch_factor=AHEAD_PER_WORKER if self._workers else None,
            multiprocessing_context="fork" if self._workers else None,
        )
        return cast(Iterator[MixtureBatch], iter(loader))


def prefetched(mixers: Sequence[DynamicMixer], *, seeds: Sequence[int], workers: int) -> list[MixtureStream]:
    """The same streams drawn by workers, or as they are with none."""
    if not workers:
        return list(mixers)
    if any(isinstance(mixer, ShardedMixer) for mixer in mixers):
        raise InputRefused(
            "mixing.workers needs the speech in memory: set it to 0 with mixing.shards_folder."
        )
    return [
        PrefetchingMixer(mixer, seed=seed, workers=workers) for mixer, seed in zip(mixers, seeds, strict=True)
    ]


class _Batches(IterableDataset[MixtureBatch]):
    """Every n-th batch for each of n workers; the loader asks them in turn."""

    def __init__(self, mixer: DynamicMixer, *, seed: int, size: int, start: int) -> None:
        self._mixer, self._seed, self._size, self._start = mixer, seed, size, start

    def __iter__(self) -> Iterator[MixtureBatch]:
        worker = get_worker_info()
        if worker is not None:
            # What torchrun or a terminal sends to the group is for the run, which needs us until its step is done.
            os.setpgid(0, 0)
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        number = self._start + first
        while True:
            rng = np.random.default_rng([self._seed, number])
            self._mixer.load_state_dict(dict(rng.bit_generator.state))
            yield self._mixer.draw_batch(self._size)
            number += step
