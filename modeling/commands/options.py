"""Options and rows that several commands share."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from modeling.bundles import (
    DEFAULTS,
    METADATA_NAME,
    SEPARATORS,
    list_shipped_bundles,
    read_bundle,
    shipped_bundle,
    shipped_separator,
)
from modeling.catalog import BundleKind
from modeling.errors import InputRefused

if TYPE_CHECKING:
    from modeling.engine import Engine


RUN_NAME = "run.json"
"""What a training run leaves in its folder beside its checkpoints."""


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
        metavar="DIR|NAME",
        help=f"bundle of the {kind}: its folder, or the name of a shipped one (default: {DEFAULTS[kind]})",
    )
    if kind == "separator":
        parser.add_argument(
            "--sources",
            type=positive_int,
            default=None,
            metavar="N",
            help=f"voices in each mixture: picks the shipped separator of so many ({_numbers_of_voices()})",
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
    """The folder of the bundle that was chosen by folder or by name; one that is none is refused here."""
    chosen: Path | None = arguments.bundle
    sources: int | None = getattr(arguments, "sources", None)
    if chosen is None:
        return (shipped_separator(sources) if sources else shipped_bundle(kind)).path
    path = _chosen_path(chosen)
    if sources is not None and read_bundle(path).num_sources != sources:
        raise InputRefused(
            f"--sources is {sources}, but the bundle {path.name} separates {read_bundle(path).num_sources} voices: "
            "leave one of the two out."
        )
    return path


def _numbers_of_voices() -> str:
    return ", ".join(f"{number}: {name}" for number, name in SEPARATORS.items())


def _chosen_path(chosen: Path) -> Path:
    if (chosen / METADATA_NAME).is_file():
        return chosen
    shipped = {folder.name: folder for folder in list_shipped_bundles()}
    if str(chosen) in shipped:
        return shipped[str(chosen)]
    if (chosen / RUN_NAME).is_file():
        raise InputRefused(
            f"{chosen} is the folder of a training run. Package it first: "
            f"python -m modeling package {chosen} --out BUNDLE, then pass --bundle BUNDLE."
        )
    raise InputRefused(
        f"There is no model bundle in {chosen}: {METADATA_NAME} is missing. "
        f"Name a folder that holds one, or a shipped bundle: {', '.join(shipped)}."
    )


def print_row(row: dict[str, object]) -> None:
    print(json.dumps(row, ensure_ascii=False), flush=True)


def positive_int(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)
