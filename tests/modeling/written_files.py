"""Files that tests read back: stems from memory, and frozen fixed sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from modeling.data.testset import AnyMixture
from modeling.stem_files import StemTarget, write_stem_blocks
from modeling.waveforms import Samples


def write_stems(stems_ct: Samples, *, folder: Path, name: str, sample_rate_hz: int) -> list[Path]:
    """One file per stem, written as a single block."""
    target = StemTarget(folder=folder, name=name, sample_rate_hz=sample_rate_hz, length=stems_ct.shape[1])
    return write_stem_blocks(lambda: iter([stems_ct]), target=target, from_hz=sample_rate_hz)


def write_fixed_mixtures(path: Path, mixtures: Sequence[AnyMixture]) -> None:
    """As the frozen sets that come with the code are written: one recipe a line."""
    path.write_text("".join(json.dumps(asdict(mixture)) + "\n" for mixture in mixtures), encoding="utf-8")
