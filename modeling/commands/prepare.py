"""Prepare training data: simulate rooms.

python -m modeling prepare rooms --count 2000 --out rooms/
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from modeling.commands.options import positive_int, print_row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", required=True, metavar="rooms")
    rooms = kinds.add_parser("rooms", help="simulate shoebox rooms for training; resumes where it stopped")
    rooms.add_argument("--count", type=positive_int, default=2000, help="rooms in all (default: 2000)")
    rooms.add_argument("--positions", type=positive_int, default=3, help="mouths in each room (default: 3)")
    rooms.add_argument("--seed", type=positive_int, default=1)
    rooms.add_argument("--jobs", type=positive_int, default=os.cpu_count() or 1, help="processes")
    rooms.add_argument("--out", type=Path, required=True, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    return _prepare_rooms(arguments)


def _prepare_rooms(arguments: argparse.Namespace) -> int:
    from modeling.data.room_shards import RoomFamily, prepare_rooms

    family = RoomFamily(seed=arguments.seed, positions=arguments.positions)
    shards = prepare_rooms(arguments.out, family=family, count=arguments.count, jobs=arguments.jobs)
    print_row({"folder": str(arguments.out), "rooms": arguments.count, "shards_written": shards})
    return 0
