"""List the model bundles that are shipped or lie in a folder, or show what one of them is.

python -m modeling bundles list
python -m modeling bundles show blstm-everyday-8k
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from modeling.bundles import DEFAULTS, METADATA_NAME, Bundle, list_shipped_bundles, read_bundle
from modeling.commands.options import print_row
from modeling.errors import InputRefused, ModelingError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show")
    listing = actions.add_parser("list", help="the shipped bundles, or those of a folder, a line each")
    listing.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="a folder of bundles")
    showing = actions.add_parser("show", help="configuration, scores and card of one bundle")
    showing.add_argument("bundle", type=Path, metavar="DIR|NAME", help="its folder, or a shipped one's name")


def run(arguments: argparse.Namespace) -> int:
    if arguments.action == "list":
        return _list(arguments.folder)
    return _show(arguments.bundle)


def _list(folder: Path | None) -> int:
    """A damaged bundle is a line with `error`, and the exit status 1."""
    paths = list_shipped_bundles()
    if folder is not None:
        paths = sorted(path.parent for path in folder.glob(f"*/{METADATA_NAME}"))
        if not paths:
            raise InputRefused(f"There is no model bundle in the folders of {folder}.")
    failures = 0
    for path in paths:
        try:
            print_row(_summary(read_bundle(path), is_shipped=folder is None))
        except ModelingError as error:
            failures += 1
            print_row({"path": str(path), "error": str(error)})
    return 1 if failures else 0


def _show(chosen: Path) -> int:
    shipped = {path.name: path for path in list_shipped_bundles()}
    path = chosen if (chosen / METADATA_NAME).is_file() else shipped.get(str(chosen), chosen)
    if not (path / METADATA_NAME).is_file():
        raise InputRefused(
            f"There is no model bundle in {path}, nor a shipped one of that name: {', '.join(shipped)}."
        )
    bundle = read_bundle(path)
    scores = {"scores": dict(bundle.scores), "training_data": bundle.training_data, "commit": bundle.commit}
    print_row({**_summary(bundle, is_shipped=False), **scores, "config": _config(bundle)})
    if sys.stdout.isatty() and bundle.card:
        print(f"\n{bundle.card}")
    return 0


def _summary(bundle: Bundle, *, is_shipped: bool) -> dict[str, object]:
    row: dict[str, object] = {"bundle": bundle.name, "kind": bundle.kind, "model": bundle.model}
    if is_shipped:
        row["is_default"] = bundle.path.name in DEFAULTS.values()
    if bundle.num_sources is not None:
        row["num_sources"] = bundle.num_sources
    if bundle.label_range_db is not None:
        row["label_range_db"] = list(bundle.label_range_db)
    return {
        **row,
        "sample_rate_hz": bundle.sample_rate_hz,
        "target_convention": bundle.target_convention,
        "weights_mb": round(bundle.weights_path.stat().st_size / 1e6, 2),
        "digest": bundle.digest,
        "path": str(bundle.path),
    }


def _config(bundle: Bundle) -> dict[str, object]:
    return asdict(bundle.config)
