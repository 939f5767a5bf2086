"""Prepare training data: import corpora, simulate rooms, draw test sets.

python -m modeling prepare corpus --from librispeech DIR --from wham-noise DIR --out corpus/
python -m modeling prepare shards --corpus corpus/ --out shards/
python -m modeling prepare rooms --count 2000 --out rooms/
python -m modeling prepare librimix metadata/Libri2Mix --librispeech DIR --wham-noise DIR --out DIR
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from modeling.commands.options import positive_int, print_row
from modeling.errors import InputRefused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", required=True, metavar="corpus|shards|rooms|testsets|librimix")
    _add_corpus(kinds)
    _add_librimix(kinds)
    rooms = kinds.add_parser("rooms", help="simulate shoebox rooms for training; resumes where it stopped")
    rooms.add_argument("--count", type=positive_int, default=2000, help="rooms in all (default: 2000)")
    rooms.add_argument("--positions", type=positive_int, default=3, help="mouths in each room (default: 3)")
    rooms.add_argument("--seed", type=positive_int, default=1)
    rooms.add_argument("--jobs", type=positive_int, default=os.cpu_count() or 1, help="processes")
    rooms.add_argument("--out", type=Path, required=True, metavar="DIR")
    shards = kinds.add_parser("shards", help="pack the speech of a large corpus into archives for streaming")
    shards.add_argument("--corpus", type=Path, metavar="DIR", help="default: REALM_CORPUS_DIR")
    shards.add_argument("--split", choices=("train", "valid", "test"), default="train")
    shards.add_argument("--shard-mb", type=positive_int, default=256, help="rough size (default: 256)")
    shards.add_argument("--out", type=Path, required=True, metavar="DIR")
    sets = kinds.add_parser("testsets", help="draw the fixed test sets anew from a corpus and a seed")
    sets.add_argument("--corpus", type=Path, metavar="DIR", help="default: REALM_CORPUS_DIR")
    sets.add_argument("--count", type=positive_int, default=200, help="mixtures in each (default: 200)")
    sets.add_argument("--seed", type=positive_int, default=20261)
    sets.add_argument("--out", type=Path, required=True, metavar="DIR")


def _add_corpus(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    corpus = kinds.add_parser("corpus", help="list a corpus of another layout, so that --corpus reads it")
    corpus.add_argument(
        "--from",
        dest="sources",
        nargs=2,
        action="append",
        required=True,
        metavar=("KIND", "DIR"),
        help="librispeech, librimix, wsj0-mix, wham, whamr, wham-noise, real-m, realm-release or "
        "realm-corpus, and its folder; may be repeated",
    )
    corpus.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def _add_librimix(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    librimix = kinds.add_parser("librimix", help="render LibriMix recipes into the waveforms of its scripts")
    librimix.add_argument(
        "recipes", type=Path, metavar="TABLE|DIR", help="libri2mix_dev-clean.csv, or a folder of such tables"
    )
    librimix.add_argument("--librispeech", type=Path, required=True, metavar="DIR")
    librimix.add_argument("--wham-noise", type=Path, required=True, metavar="DIR")
    librimix.add_argument("--rate", type=int, choices=(8000, 16000), default=8000, help="Hz (default: 8000)")
    librimix.add_argument("--mode", choices=("min", "max"), default="min", help="length (default: min)")
    librimix.add_argument(
        "--kinds",
        nargs="+",
        choices=("clean", "both", "single"),
        default=["clean", "both"],
        metavar="KIND",
        help="clean, both (with noise), single (one voice and noise); default: clean both",
    )
    librimix.add_argument("--limit", type=positive_int, metavar="N", help="only the first N rows of a table")
    librimix.add_argument("--out", type=Path, required=True, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    return _PREPARERS[arguments.what](arguments)


def _prepare_rooms(arguments: argparse.Namespace) -> int:
    from modeling.data.room_shards import RoomFamily, prepare_rooms

    family = RoomFamily(seed=arguments.seed, positions=arguments.positions)
    shards = prepare_rooms(arguments.out, family=family, count=arguments.count, jobs=arguments.jobs)
    print_row({"folder": str(arguments.out), "rooms": arguments.count, "shards_written": shards})
    return 0


def _prepare_corpus(arguments: argparse.Namespace) -> int:
    from modeling.data.importers import IMPORTERS
    from modeling.data.importers.gathering import write_prepared

    unknown = [kind for kind, _ in arguments.sources if kind not in IMPORTERS]
    if unknown:
        raise InputRefused(f"--from knows no corpus {unknown[0]!r}; it knows {', '.join(IMPORTERS)}.")
    found = {
        f"{kind}:{Path(folder).name}": IMPORTERS[kind](Path(folder)) for kind, folder in arguments.sources
    }
    print_row({"folder": str(arguments.out), **write_prepared(arguments.out, found=found)})
    return 0


def _prepare_shards(arguments: argparse.Namespace) -> int:
    from modeling.data.corpus import find_corpus, read_clips
    from modeling.data.shards import write_shards

    corpus = find_corpus(arguments.corpus)
    clips = read_clips(corpus, split=arguments.split)
    shards = write_shards(
        arguments.out,
        clips,
        corpus=corpus,
        split=arguments.split,
        shard_bytes=arguments.shard_mb * 1_000_000,
    )
    print_row({"folder": str(arguments.out), "clips": len(clips), "shards": shards})
    return 0


def _prepare_librimix(arguments: argparse.Namespace) -> int:
    from modeling.data.librimix_writing import Rendering, find_tables, write_librimix

    rendering = Rendering(
        librispeech=arguments.librispeech,
        wham_noise=arguments.wham_noise,
        sample_rate_hz=arguments.rate,
        mode=arguments.mode,
        kinds=arguments.kinds,
        limit=arguments.limit,
    )
    for table in find_tables(arguments.recipes):
        print_row(write_librimix(table, rendering=rendering, out=arguments.out))
    return 0


def _prepare_testsets(arguments: argparse.Namespace) -> int:
    from modeling.data.corpus import find_corpus
    from modeling.data.scene_drawing import SCENE_KINDS, draw_scenes

    corpus = find_corpus(arguments.corpus)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for number, (name, kind) in enumerate(SCENE_KINDS.items()):
        scenes = draw_scenes(corpus, kind=kind, count=arguments.count, seed=arguments.seed + number)
        path = arguments.out / f"{name}.jsonl"
        path.write_text("".join(scene.to_json() + "\n" for scene in scenes), encoding="utf-8")
        print_row({"test_set": name, "mixtures": len(scenes), "path": str(path)})
    return 0


_PREPARERS: dict[str, Callable[[argparse.Namespace], int]] = {
    "corpus": _prepare_corpus,
    "shards": _prepare_shards,
    "rooms": _prepare_rooms,
    "librimix": _prepare_librimix,
    "testsets": _prepare_testsets,
}
