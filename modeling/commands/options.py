"""Options and rows that several commands share."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from modeling.bundles import shipped_bundle
from modeling.catalog import BundleKind

if TYPE_CHECKING:
    from modeling.engine import Engine


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--threads", type=positive_int, default=None, help="CPU threads (default: PyTorch's choice)"
    )


def add_bundle_option(parser: argparse.ArgumentParser, kind: BundleKind) -> None:
    parser.add_argument(
        "--bundle",
        type=Path,
        default=None,
        metavar="DIR",
        help=f"bundle of the {kind} (default: the shipped one)",
    )


def add_overwrite_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a bundle that lies in --out already"
    )


def start_engine(arguments: argparse.Namespace) -> Engine:
    """Import torch only now, so that `--help` and usage errors answer at once."""
    import torch

    from modeling.building import pick_device
    from modeling.engine import Engine

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    return Engine(device=pick_device(arguments.device))


def bundle_path(arguments: argparse.Namespace, kind: BundleKind) -> Path:
    chosen: Path | None = arguments.bundle
    return chosen if chosen is not None else shipped_bundle(kind).path


def print_row(row: dict[str, object]) -> None:
    print(json.dumps(row, ensure_ascii=False), flush=True)


def positive_int(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)
