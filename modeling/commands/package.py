"""Turn a training run's checkpoint into a bundle, record its scores, or write a tiny random one for tests.

python -m modeling package runs/blstm_clean --name blstm-8k --out modeling/bundles/blstm-8k --card CARD.md
python -m modeling package --scores report.json --out modeling/bundles/blstm-8k
python -m modeling package --debug separator --out DIR
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from modeling.bundles import Bundle, read_bundle
from modeling.commands.options import add_overwrite_option, print_row
from modeling.errors import InputRefused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", nargs="?", type=Path, metavar="RUN_FOLDER", help="folder with run.json")
    parser.add_argument(
        "--scores",
        type=Path,
        metavar="REPORT.json",
        help="record what `python -m benchmarks starter` printed",
    )
    parser.add_argument(
        "--debug", choices=("separator", "estimator"), help="random weights of a few kilobytes"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the bundle's folder")
    add_overwrite_option(parser)
    parser.add_argument("--name", default=None, help="name of the bundle (default: its folder's)")
    parser.add_argument("--card", type=Path, default=None, metavar="FILE", help="model card (Markdown)")
    parser.add_argument("--training-data", default="unstated", metavar="TEXT", help="what it was trained on")
    parser.add_argument(
        "--checkpoint",
        default="best",
        metavar="NAME",
        help="best, last or one kept on the way, such as at_10",
    )
    parser.add_argument(
        "--analysis-grids",
        type=int,
        metavar="N",
        help="separators with masks on a spectrum: average N passes with shifted frames",
    )


def run(arguments: argparse.Namespace) -> int:
    chosen = [name for name in ("run_folder", "scores", "debug") if getattr(arguments, name) is not None]
    if len(chosen) != 1:
        raise InputRefused("Give one of: a RUN_FOLDER, --scores REPORT.json, --debug separator|estimator.")
    bundle = {"run_folder": _run_bundle, "scores": _scored_bundle, "debug": _debug_bundle}[chosen[0]](
        arguments
    )
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
    from modeling.packaging import refuse_replacing, write_debug_bundle

    refuse_replacing(arguments.out, is_overwriting=arguments.overwrite)
    return write_debug_bundle(arguments.out, kind=arguments.debug)


def _run_bundle(arguments: argparse.Namespace) -> Bundle:
    from modeling.packaging import PackagingChoices, package_run, refuse_replacing

    refuse_replacing(arguments.out, is_overwriting=arguments.overwrite)
    card = _card_text(arguments.card)
    return package_run(
        arguments.run_folder,
        folder=arguments.out,
        name=arguments.name or arguments.out.name,
        choices=PackagingChoices(
            training_data=arguments.training_data,
            card=card,
            checkpoint=arguments.checkpoint,
            config_changes={"analysis_grids": arguments.analysis_grids} if arguments.analysis_grids else {},
        ),
    )


def _scored_bundle(arguments: argparse.Namespace) -> Bundle:
    from modeling.packaging import record_scores

    if not arguments.scores.is_file():
        raise InputRefused(f"There is no report {arguments.scores}.")
    try:
        report = json.loads(arguments.scores.read_text(encoding="utf-8"))
        figures, benchmark, commit = dict(report["figures"]), report["benchmark"], report["commit"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputRefused(
            f"{arguments.scores} is not the report that `python -m benchmarks starter` prints: "
            "a JSON object with benchmark, figures and commit."
        ) from error
    bundle = read_bundle(arguments.out)
    if not bundle.digest.startswith(str(figures.get(f"{bundle.kind}_digest"))):
        raise InputRefused(
            f"The report {arguments.scores} was not measured with the {bundle.kind} in {arguments.out}."
        )
    scores = {name: value for name, value in figures.items() if _is_about(name, bundle)}
    return record_scores(
        arguments.out, scores=scores, measured_by=f"python -m benchmarks {benchmark} @ {commit}"
    )


def _is_about(figure: str, bundle: Bundle) -> bool:
    """The names and digests stay out; `estimator_` figures and the spread of the labels are the estimator's.

    `SET/WHOSE/FIGURE` is a separator's where it is its own, the mixture's or the oracle mask's.
    """
    if figure.removesuffix("_digest") in ("separator", "estimator"):
        return False
    if "/" in figure:
        whose = figure.split("/")[1]
        is_beside = whose in (bundle.name, "mixture", "oracle_mask") or figure.count("/") == 1
        return bundle.kind == "separator" and is_beside
    is_estimators = figure.startswith(("estimator_", "true_"))
    return figure == "mixtures" or is_estimators == (bundle.kind == "estimator")


def _card_text(path: Path | None) -> str:
    if path is None:
        return "# Unnamed model\n\nNobody has written a card for this bundle.\n"
    if not path.is_file():
        raise InputRefused(f"There is no model card {path}.")
    return path.read_text(encoding="utf-8")
