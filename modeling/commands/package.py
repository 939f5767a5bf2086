"""Turn a checkpoint into a bundle, or write a tiny random bundle for tests.

python -m modeling package --debug separator --out DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path

from modeling.commands.options import print_row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", choices=("separator", "estimator"), required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")


def run(arguments: argparse.Namespace) -> int:
    from modeling.packaging import write_debug_bundle

    bundle = write_debug_bundle(arguments.out, kind=arguments.debug)
    print_row({"bundle": str(bundle.path), "name": bundle.name, "digest": bundle.digest})
    return 0
