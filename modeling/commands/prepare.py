"""Prepare training data: simulate rooms.

python -m modeling prepare rooms --count 2000 --out rooms/
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from modeling.commands.options import positive_int, print_row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", required=True, metavar="rooms|testsets")
    rooms = kinds.add_parser("rooms", help="simulate shoebox rooms for training; resumes where it stopped")
    rooms.add_argument("--count", type=positive_int, default=2000, help="rooms in all (default: 2000)")
    rooms.add_argument("--positions", type=positive_int, default=3, help="mouths in each room (default: 3)")
    rooms.add_argument("--seed", type=positive_int, default=1)
    rooms.add_argument("--jobs", type=positive_int, default=os.cpu_count() or 1, help="processes")
    rooms.add_argument("--out", type=Path, required=True, metavar="DIR")
    sets = kinds.add_parser("testsets", help="draw the fixed test sets anew from a corpus and a seed")
    sets.add_argument("--corpus", type=Path, metavar="DIR", help="default: REALM_CORPUS_DIR")
    sets.add_argument("--count", type=positive_int, default=200, help="mixtures in each (default: 200)")
    sets.add_argument("--seed", type=positive_int, default=20261)
    sets.add_argument("--out", type=Path, required=True, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    return _PREPARERS[arguments.what](arguments)


def _prepare_rooms(arguments: argparse.Namespace) -> int:
    from modeling.data.room_shards import RoomFamily, prepare_rooms

    family = RoomFamily(seed=arguments.seed, positions=arguments.positions)
    shards = prepare_rooms(arguments.out, family=family, count=arguments.count, jobs=arguments.jobs)
    print_row({"folder": str(arguments.out), "rooms": arguments.count, "shards_written": shards})
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
    "rooms": _prepare_rooms,
    "testsets": _prepare_testsets,
}
