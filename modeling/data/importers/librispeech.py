"""LibriSpeech: `SUBSET/SPEAKER/CHAPTER/SPEAKER-CHAPTER-UTTERANCE.flac`, sexes from SPEAKERS.TXT."""

from __future__ import annotations

from pathlib import Path

from modeling.data.corpus import Clip
from modeling.data.importers.gathering import Gathered, duration_s, found_below

LICENCE = "CC BY 4.0 (LibriSpeech, V. Panayotov and others, 2015; recordings of LibriVox, public domain)"
SPLITS = {"train": "train", "dev": "valid", "test": "test"}


def gather_librispeech(root: Path) -> Gathered:
    """Clips of every subset that is there; `root` is the folder LibriSpeech or the one it lies in."""
    folder = root / "LibriSpeech" if (root / "LibriSpeech").is_dir() else root
    files = found_below(folder, "*-*/*/*/*.flac", what="a LibriSpeech folder")
    sexes = read_sexes(folder / "SPEAKERS.TXT")
    clips = []
    for path in files:
        speaker, subset = path.parts[-3], path.parts[-4]
        split = SPLITS.get(subset.partition("-")[0])
        if split is not None:
            clips.append(
                Clip(
                    path=path,
                    speaker_id=f"libri_{speaker}",
                    split=split,
                    duration_s=duration_s(path),
                    gender=sexes.get(speaker, ""),
                )
            )
    return Gathered(licence=LICENCE, clips=clips)


def read_sexes(path: Path) -> dict[str, str]:
    """Sex by speaker number from lines such as `14 | F | train-clean-360 | 25.03 | ...`; the name is left."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    columns = [line.split("|") for line in lines if line.strip() and not line.startswith(";")]
    return {column[0].strip(): column[1].strip().lower() for column in columns if len(column) >= 2}
