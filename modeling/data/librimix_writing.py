"""Rendering LibriMix recipes into the folders, tables and file names of a generated LibriMix.

OUT/Libri2Mix/wav8k/min/dev/{s1,s2,noise,mix_clean,mix_both}/ID.wav, 16 bit, and beside `dev/` the tables
`metadata/mixture_dev_mix_clean.csv`, each with a manifest of the same name for `evaluate`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from tqdm import tqdm

from modeling.data.librimix_recipes import MixKind, Mode, Recipe, Rendered, read_recipes, render
from modeling.errors import InputRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What is rendered from where, at which rate and length; `limit` takes the first rows of each table only."""

    librispeech: Path
    wham_noise: Path
    sample_rate_hz: int = 8000
    mode: Mode = "min"
    kinds: Sequence[MixKind] = ("clean", "both")
    limit: int | None = None


def find_tables(recipes: Path) -> list[Path]:
    """A recipe table itself, or those of a folder, without the `_info` tables beside them."""
    if recipes.is_file():
        return [recipes]
    found = sorted(path for path in recipes.glob("**/libri*mix_*.csv") if not path.stem.endswith("_info"))
    if not found:
        raise InputRefused(f"There is no recipe table such as libri2mix_dev-clean.csv in {recipes}.")
    return found


def write_librimix(table: Path, *, rendering: Rendering, out: Path) -> dict[str, object]:
    """Render a table; mixtures that are there already are kept. Returns folder, number of mixtures and manifests."""
    recipes = list(read_recipes(table, librispeech=rendering.librispeech, wham_noise=rendering.wham_noise))[
        : rendering.limit
    ]
    if not recipes:
        raise InputRefused(f"The recipe table {table} has no rows.")
    root = (
        out / f"Libri{len(recipes[0].voices)}Mix" / f"wav{rendering.sample_rate_hz // 1000}k" / rendering.mode
    )
    subset = re.sub(r"^libri\d+mix_", "", table.stem).replace("-clean", "")
    lengths: dict[str, int] = {}
    for recipe in tqdm(recipes, desc=f"rendering {subset}", unit="mixture", disable=None):
        lengths[recipe.mixture_id] = _write_mixture(recipe, rendering=rendering, folder=root / subset)
    manifests = [
        _write_tables(recipes, kind=kind, folder=root / subset, lengths=lengths) for kind in rendering.kinds
    ]
    return {
        "folder": str(root / subset),
        "mixtures": len(recipes),
        "manifests": [str(path) for path in manifests],
    }


def _write_mixture(recipe: Recipe, *, rendering: Rendering, folder: Path) -> int:
    """The mixtures are written last: one that exists has its sources. Returns the length in samples."""
    name = f"{recipe.mixture_id}.wav"
    mixtures = [folder / f"mix_{kind}" / name for kind in rendering.kinds]
    if all(path.is_file() for path in mixtures):
        return int(soundfile.info(mixtures[0]).frames)
    rendered = render(recipe, sample_rate_hz=rendering.sample_rate_hz, mode=rendering.mode)
    for path, wave_t in _signals(rendered, folder=folder, name=name):
        _write_wave(path, wave_t, sample_rate_hz=rendering.sample_rate_hz)
    for path, kind in zip(mixtures, rendering.kinds, strict=True):
        _write_wave(path, rendered.mixture_t(kind), sample_rate_hz=rendering.sample_rate_hz)
    return len(rendered.noise_t)


def _signals(rendered: Rendered, *, folder: Path, name: str) -> Iterable[tuple[Path, NDArray[np.floating]]]:
    for number, voice_t in enumerate(rendered.voices_ct, start=1):
        yield folder / f"s{number}" / name, voice_t
    yield folder / "noise" / name, rendered.noise_t


def _write_wave(path: Path, wave_t: NDArray[np.floating], *, sample_rate_hz: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    soundfile.write(aside, wave_t, sample_rate_hz, format="WAV", subtype="PCM_16")
    aside.replace(path)


def _write_tables(recipes: Sequence[Recipe], *, kind: MixKind, folder: Path, lengths: dict[str, int]) -> Path:
    """`metadata/mixture_SUBSET_mix_KIND.csv` with absolute paths, and the manifest with relative ones."""
    tables = folder.parent / "metadata"
    tables.mkdir(parents=True, exist_ok=True)
    stem = f"mixture_{folder.name}_mix_{kind}"
    voices = 1 if kind == "single" else len(recipes[0].voices)
    parts = [f"s{number + 1}" for number in range(voices)] + ([] if kind == "clean" else ["noise"])
    names = [f"source_{number + 1}_path" for number in range(voices)]
    names += [] if kind == "clean" else ["noise_path"]
    with (tables / f"{stem}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["mixture_ID", "mixture_path", *names, "length"])
        for recipe in recipes:
            paths = [folder.resolve() / part / f"{recipe.mixture_id}.wav" for part in (f"mix_{kind}", *parts)]
            writer.writerow([recipe.mixture_id, *paths, lengths[recipe.mixture_id]])
    manifest = tables / f"{stem}.jsonl"
    rows = (_row(recipe, kind=kind, subset=folder.name, voices=voices) for recipe in recipes)
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return manifest


def _row(recipe: Recipe, *, kind: MixKind, subset: str, voices: int) -> dict[str, object]:
    name, above = f"{recipe.mixture_id}.wav", f"../{subset}"
    return {
        "mixture": f"{above}/mix_{kind}/{name}",
        "references": [f"{above}/s{number + 1}/{name}" for number in range(voices)],
        "convention": "dry",
    }
