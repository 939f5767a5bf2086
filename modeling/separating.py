"""From mixtures' files to stems' files: short ones together, long ones piece by piece, a bad one alone.

Shape suffixes: c sources (with the mixture as last row where it says so), t samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from modeling.chunking import Chunking, return_freed_memory
from modeling.errors import ModelingError, ResourceShortage
from modeling.inference import SeparatedRecording, make_consistent, separate_batch, separate_chunks
from modeling.progress import seconds_bar
from modeling.stem_files import StemTarget, make_folder, refuse_existing, write_stem_blocks
from modeling.streaming import ChunkSpool, SampleStream, open_samples
from modeling.waveforms import Samples

OutputRate = Literal["model", "keep"]
Precision = Literal["float32", "bfloat16"]

WINDOW_S = {"cpu": 30.0, "cuda": 480.0}
"""Seconds of short mixtures that are read and separated together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSeparator:
    model: nn.Module
    sample_rate_hz: int
    device: torch.device

    @property
    def window_s(self) -> float:
        return WINDOW_S.get(self.device.type, WINDOW_S["cpu"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationChoices:
    """How stems are written; `output_rate` keeps the mixture's rate or takes the model's."""

    out_dir: Path
    output_rate: OutputRate = "model"
    is_consistent: bool = False
    precision: Precision = "float32"
    is_overwriting: bool = False
    chunking: Chunking = field(default_factory=Chunking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The stems of one mixture, or why there are none."""

    mixture: Path
    duration_s: float = 0.0
    sample_rate_hz: int = 0
    stems: list[Path] = field(default_factory=list)
    error: ModelingError | None = None


class _InBfloat16(nn.Module):
    """A separator whose large products run in bfloat16: several times faster on GPUs, slower on most processors."""

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        super().__init__()
        self._model = model
        self._device_type = device.type

    def forward(self, mix_bt: Tensor, lengths_b: Tensor | None = None) -> Tensor:
        with torch.autocast(self._device_type, dtype=torch.bfloat16):
            stems_bct: Tensor = self._model(mix_bt, lengths_b)
        return stems_bct


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShortMixture:
    """A mixture in memory, with where its stems go."""

    path: Path
    mix_t: Tensor
    target: StemTarget


def separate_files(
    separator: LoadedSeparator, mixtures: Iterable[Path], *, choices: SeparationChoices
) -> Iterator[Outcome]:
    """Separate files in the order given; what is wrong with one does not touch the others."""
    make_folder(choices.out_dir)
    if choices.precision == "bfloat16":
        separator = replace(separator, model=_InBfloat16(separator.model, separator.device))
    window: list[_ShortMixture] = []
    for path in mixtures:
        try:
            read = _read_or_separate(separator, path, choices=choices)
        except ModelingError as error:
            read = Outcome(mixture=path, error=error)
        except OSError as error:
            read = Outcome(mixture=path, error=_file_trouble(path, error))
        if isinstance(read, Outcome):
            yield from _separate_window(separator, window, choices=choices)
            window = []
            yield read
            continue
        window.append(read)
        if sum(len(item.mix_t) for item in window) >= separator.window_s * separator.sample_rate_hz:
            yield from _separate_window(separator, window, choices=choices)
            window = []
    yield from _separate_window(separator, window, choices=choices)


def _read_or_separate(
    separator: LoadedSeparator, path: Path, *, choices: SeparationChoices
) -> _ShortMixture | Outcome:
    """A short mixture's samples, or the outcome of a long one."""
    with open_samples(path, sample_rate_hz=separator.sample_rate_hz) as stream:
        target = _target(stream, separator, choices)
        if not choices.is_overwriting:
            refuse_existing(target)
        if stream.length > choices.chunking.limit_s * separator.sample_rate_hz:
            return _separate_long(separator, stream, target=target, choices=choices)
        mix_t = torch.from_numpy(stream.between(0, stream.length))
        return _ShortMixture(path=path, mix_t=mix_t, target=target)


def _target(stream: SampleStream, separator: LoadedSeparator, choices: SeparationChoices) -> StemTarget:
    is_kept = choices.output_rate == "keep"
    return StemTarget(
        folder=choices.out_dir,
        name=stream.path.stem,
        sample_rate_hz=stream.source_rate_hz if is_kept else separator.sample_rate_hz,
        length=stream.source_frames if is_kept else stream.length,
    )


def _separate_window(
    separator: LoadedSeparator, window: list[_ShortMixture], *, choices: SeparationChoices
) -> Iterator[Outcome]:
    if not window:
        return
    try:
        stems = separate_batch(
            separator.model,
            [item.mix_t.to(separator.device) for item in window],
            sample_rate_hz=separator.sample_rate_hz,
            chunking=choices.chunking,
        )
    except ResourceShortage as error:
        yield from (Outcome(mixture=item.path, error=error) for item in window)
        return
    for item, stems_ct in zip(window, stems, strict=True):
        yield _write_short(item, stems_ct.cpu(), separator=separator, choices=choices)


def _write_short(
    item: _ShortMixture, stems_ct: Tensor, *, separator: LoadedSeparator, choices: SeparationChoices
) -> Outcome:
    chosen_ct = make_consistent(item.mix_t, stems_ct) if choices.is_consistent else stems_ct
    try:
        return _written(item.path, lambda: iter([chosen_ct.numpy()]), item.target, separator)
    except OSError as error:
        return Outcome(mixture=item.path, error=_file_trouble(item.path, error))


def _separate_long(
    separator: LoadedSeparator, stream: SampleStream, *, target: StemTarget, choices: SeparationChoices
) -> Outcome:
    """Raw chunks go to disk; when all are known, orders and levels are chosen and the stems are written."""
    rate_hz = separator.sample_rate_hz
    recording = SeparatedRecording(sample_rate_hz=rate_hz)
    with (
        ChunkSpool(choices.out_dir) as spool,
        seconds_bar(stream.path.name, total_s=stream.length / rate_hz) as advance,
    ):
        for chunk in separate_chunks(
            separator.model,
            lambda start, end: torch.from_numpy(stream.between(start, end)).to(separator.device),
            length=stream.length,
            sample_rate_hz=rate_hz,
            chunking=choices.chunking,
        ):
            recording.add(chunk)
            spool.append(np.concatenate([chunk.stems_ct.cpu().numpy(), chunk.mix_t.cpu().numpy()[None]]))
            return_freed_memory()
            advance((chunk.start + len(chunk.mix_t)) / rate_hz)

        def stems() -> Iterator[Samples]:
            for block_ct in recording.stems(iter(spool)):
                yield _without_mixture(block_ct, is_consistent=choices.is_consistent)

        return _written(stream.path, stems, target, separator)


def _without_mixture(block_ct: Samples, *, is_consistent: bool) -> Samples:
    stems_ct, mix_t = block_ct[:-1], block_ct[-1]
    if not is_consistent:
        return stems_ct
    return make_consistent(torch.from_numpy(mix_t), torch.from_numpy(stems_ct)).numpy()


def _written(
    path: Path, blocks: Callable[[], Iterator[Samples]], target: StemTarget, separator: LoadedSeparator
) -> Outcome:
    stems = write_stem_blocks(blocks, target=target, from_hz=separator.sample_rate_hz)
    return Outcome(
        mixture=path,
        duration_s=target.length / target.sample_rate_hz,
        sample_rate_hz=target.sample_rate_hz,
        stems=stems,
    )


def _file_trouble(path: Path, error: OSError) -> ResourceShortage:
    return ResourceShortage(f"{path}: a file could not be read or written: {error}.")
