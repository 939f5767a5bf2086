"""WSJ0-mix and what was made from it: WHAM! (noise) and WHAMR! (noise and rooms).

`{tr,cv,tt}/{mix,s1,s2[,s3]}/NAME.wav`; WHAM! has `mix_clean, mix_both, s1, s2, noise`, WHAMR! the same with
`_anechoic` and `_reverb`. NAME is `UTTERANCE_LEVEL_UTTERANCE_LEVEL`; an utterance starts with its speaker's three
characters. Any folder above `{tr,cv,tt}` may be given.
"""

from __future__ import annotations

from pathlib import Path

from modeling.data.corpus import Clip, ListedNoise
from modeling.data.importers.gathering import SPLIT_NAMES, Gathered, duration_s, found_below
from modeling.errors import InputRefused
from modeling.manifest import Convention, ManifestRow

WSJ0_LICENCE = "WSJ0 (LDC93S6A): LDC user agreement; may not be passed on"
NOISE_LICENCE = "WHAM! noise: CC BY-NC 4.0 (not for commercial use)"
SPEAKER_CHARACTERS = 3


def gather_wsj0_mix(root: Path) -> Gathered:
    """Manifests of `mix` with dry references, and the sources as clips."""
    return _gather(root, mixtures={"mix": ("", "dry")}, clips_suffix="", licence=WSJ0_LICENCE)


def gather_wham(root: Path) -> Gathered:
    """Manifests of `mix_clean` and `mix_both`, sources as clips, noises."""
    return _gather(
        root,
        mixtures={"mix_clean": ("", "dry"), "mix_both": ("", "dry")},
        clips_suffix="",
        licence=f"{WSJ0_LICENCE}; {NOISE_LICENCE}",
    )


def gather_whamr(root: Path) -> Gathered:
    """Manifests of anechoic and reverberant mixtures; the reverberant ones in both conventions."""
    return _gather(
        root,
        mixtures={
            "mix_clean_anechoic": ("_anechoic", "dry"),
            "mix_both_anechoic": ("_anechoic", "dry"),
            "mix_clean_reverb": ("_reverb", "reverberant"),
            "mix_both_reverb": ("_reverb", "reverberant"),
        },
        clips_suffix="_anechoic",
        licence=f"{WSJ0_LICENCE}; {NOISE_LICENCE}",
    )


def gather_wham_noise(root: Path) -> Gathered:
    """The noise archive of WHAM!: `wham_noise/{tr,cv,tt}/*.wav`."""
    files = found_below(
        root, "tr/*.wav", "cv/*.wav", "tt/*.wav", "*/t[rt]/*.wav", "*/cv/*.wav", what="WHAM! noise"
    )
    noises = [ListedNoise(path=path, split=SPLIT_NAMES[path.parent.name]) for path in files]
    return Gathered(licence=NOISE_LICENCE, noises=noises)


def _gather(
    root: Path, *, mixtures: dict[str, tuple[str, Convention]], clips_suffix: str, licence: str
) -> Gathered:
    first = f"s1{clips_suffix}"
    sources = found_below(
        root,
        *(f"{depth}[tc][rtv]/{first}" for depth in ("", "*/", "*/*/", "*/*/*/")),
        what=f"a set with {first}",
    )
    splits = sorted({folder for path in sources for folder in path.parent.parent.iterdir()})
    splits = [folder for folder in splits if folder.name in SPLIT_NAMES]
    manifests: dict[str, list[ManifestRow]] = {}
    clips: dict[str, Clip] = {}
    for folder in splits:
        variant = "-".join([*folder.relative_to(root).parts[:-1], SPLIT_NAMES[folder.name]])
        for name, (suffix, convention) in mixtures.items():
            if (folder / name).is_dir():
                rows = _manifest(folder, name=name, suffix=suffix, convention=convention)
                manifests[f"{variant}-{name}-{convention}"] = rows
                if convention == "reverberant":
                    dry = _manifest(folder, name=name, suffix="_anechoic", convention="dry")
                    manifests[f"{variant}-{name}-dry"] = dry
        _collect_clips(clips, folder, suffix=clips_suffix)
    noises = [
        ListedNoise(path=path, split=SPLIT_NAMES[folder.name])
        for folder in splits
        for path in sorted((folder / "noise").glob("*.wav"))
    ]
    return Gathered(licence=licence, clips=list(clips.values()), noises=noises, mixtures=manifests)


def _manifest(folder: Path, *, name: str, suffix: str, convention: Convention) -> list[ManifestRow]:
    sources = _source_folders(folder, suffix)
    rows = []
    for path in sorted((folder / name).glob("*.wav")):
        references = tuple(source / path.name for source in sources)
        missing = [reference for reference in references if not reference.is_file()]
        if missing:
            raise InputRefused(f"{path} has no reference {missing[0]}: the set is incomplete.")
        rows.append(ManifestRow(mixture=path, references=references, convention=convention))
    return rows


def _collect_clips(clips: dict[str, Clip], folder: Path, *, suffix: str) -> None:
    """Every utterance once, however many mixtures it is in."""
    for number, source in enumerate(_source_folders(folder, suffix)):
        for path in sorted(source.glob("*.wav")):
            utterances = path.stem.split("_")[0::2]
            if number >= len(utterances) or len(utterances[number]) <= SPEAKER_CHARACTERS:
                raise InputRefused(f"{path} is not named UTTERANCE_LEVEL_UTTERANCE_LEVEL.wav as in WSJ0-mix.")
            utterance = utterances[number]
            if utterance not in clips:
                clips[utterance] = Clip(
                    path=path,
                    speaker_id=f"wsj_{utterance[:SPEAKER_CHARACTERS]}",
                    split=SPLIT_NAMES[folder.name],
                    duration_s=duration_s(path),
                    gender="",
                )


def _source_folders(folder: Path, suffix: str) -> list[Path]:
    numbered = [folder / f"s{number}{suffix}" for number in range(1, 6)]
    return [source for source in numbered if source.is_dir()]
