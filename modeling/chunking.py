"""How a signal that is too long for the memory is cut, and what happens when the memory runs out nevertheless."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch

from modeling.errors import ResourceShortage

T = TypeVar("T")

SHORTEST_CHUNK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunking:
    """Signals up to `limit_s` are taken whole; longer ones in chunks, so that memory does not grow."""

    limit_s: float = 30.0
    chunk_s: float = 16.0

    def halved(self) -> Chunking:
        return Chunking(limit_s=self.chunk_s / 2, chunk_s=self.chunk_s / 2)


def with_smaller_chunks(work: Callable[[Chunking], T], chunking: Chunking) -> T:
    """Do `work`; out of memory, do it again with half the chunk, down to one second."""
    while True:
        try:
            return work(chunking)
        except RuntimeError as error:
            chunking = smaller_chunking(chunking, after=error)


def smaller_chunking(chunking: Chunking, *, after: RuntimeError) -> Chunking:
    """Half the chunk when `after` says that memory ran out; anything else, or below one second, is raised."""
    free_after_shortage(after)
    smaller = chunking.halved()
    if smaller.chunk_s < SHORTEST_CHUNK_S:
        raise ResourceShortage(
            f"Memory ran out even with chunks of {SHORTEST_CHUNK_S:.0f} s. Free some and try again."
        ) from after
    return smaller


def free_after_shortage(error: RuntimeError) -> None:
    """Give the GPU's cached memory back when memory ran out; raise any other error again."""
    # The CPU's allocator has no exception of its own, only these words.
    if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
        raise error
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def return_freed_memory() -> None:
    """Give freed pages back to the system, between two chunks of a long recording.

    The GNU C library keeps the holes that small lasting blocks leave between large buffers: 3 MB a chunk.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def even_pieces(length: int, *, sample_rate_hz: int, chunking: Chunking) -> Iterator[tuple[int, int]]:
    """Start and end of pieces without overlap, all of about one length; one piece up to the limit."""
    if length <= chunking.limit_s * sample_rate_hz:
        yield 0, length
        return
    pieces = -(-length // int(chunking.chunk_s * sample_rate_hz))
    for index in range(pieces):
        yield index * length // pieces, (index + 1) * length // pieces
