"""Turn a training run's checkpoint into a bundle, or write a tiny random bundle for tests.

python -m modeling package runs/blstm_clean --name blstm-8k --out modeling/bundles/blstm-8k --card CARD.md
python -m modeling package --debug separator --out DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path

from modeling.bundles import Bundle
from modeling.commands.options import print_row
from modeling.errors import InputRefused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", nargs="?", type=Path, metavar="RUN_FOLDER", help="folder with run.json")
    parser.add_argument(
        "--debug", choices=("separator", "estimator"), help="random weights of a few kilobytes"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the bundle's folder")
    parser.add_argument("--name", default=None, help="name of the bundle (default: its folder's)")
    parser.add_argument("--card", type=Path, default=None, metavar="FILE", help="model card (Markdown)")
    parser.add_argument("--training-data", default="unstated", metavar="TEXT", help="what it was trained on")
    parser.add_argument("--checkpoint", choices=("best", "last"), default="best")


def run(arguments: argparse.Namespace) -> int:
    if (arguments.debug is None) == (arguments.run_folder is None):
        raise InputRefused("Give either a RUN_FOLDER or --debug separator|estimator.")
    bundle = _debug_bundle(arguments) if arguments.debug else _run_bundle(arguments)
    size_mb = bundle.weights_path.stat().st_size / 1e6
    print_row(
        {
            "bundle": str(bundle.path),
            "name": bundle.name,
            "digest": bundle.digest,
            "size_mb": round(size_mb, 3),
        }
    )
    return 0


def _debug_bundle(arguments: argparse.Namespace) -> Bundle:
    from modeling.packaging import write_debug_bundle

    return write_debug_bundle(arguments.out, kind=arguments.debug)


def _run_bundle(arguments: argparse.Namespace) -> Bundle:
    from modeling.packaging import CardTexts, package_run

    card = _card_text(arguments.card)
    return package_run(
        arguments.run_folder,
        folder=arguments.out,
        name=arguments.name or arguments.out.name,
        texts=CardTexts(training_data=arguments.training_data, card=card),
        checkpoint=arguments.checkpoint,
    )


def _card_text(path: Path | None) -> str:
    if path is None:
        return "# Unnamed model\n\nNobody has written a card for this bundle.\n"
    if not path.is_file():
        raise InputRefused(f"There is no model card {path}.")
    return path.read_text(encoding="utf-8")
