"""Turn a training run's checkpoint into a bundle, record its scores, or write a tiny random one for tests.

python -m modeling package runs/blstm_clean --name blstm-8k --out modeling/bundles/blstm-8k --card CARD.md
python -m modeling package --scores report.json --out modeling/bundles/blstm-8k
python -m modeling package --debug separator --out DIR
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
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
    parser.add_argument(
        "--blend-with",
        type=Path,
        metavar="BUNDLE",
        help="average the weights with those of a bundle, best the one that the run went on from",
    )
    parser.add_argument(
        "--blend-share", type=float, default=0.3, metavar="X", help="the bundle's share (default: 0.3)"
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
            blend_with=arguments.blend_with,
            blend_share=arguments.blend_share,
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
    is_default = _begins(bundle.digest, figures.get(f"{bundle.kind}_digest"))
    if not (is_default or _begins(bundle.digest, figures.get(f"digest/{bundle.name}"))):
        raise InputRefused(
            f"The report {arguments.scores} was not measured with the {bundle.kind} in {arguments.out}."
        )
    # Figures without a prefix are those of the bundle that the report is about.
    scores = {
        name: value
        for name, value in figures.items()
        if _is_about(name, bundle, figures) and (is_default or "/" in name)
    }
    return record_scores(
        arguments.out, scores=scores, measured_by=f"python -m benchmarks {benchmark} @ {commit}"
    )


def _begins(digest: str, reported: object) -> bool:
    return isinstance(reported, str) and reported != "" and digest.startswith(reported)


def _is_beside(figure: str, bundle: Bundle, figures: Mapping[str, object]) -> bool:
    """The bundle's own figures on a fixed set, and what stands beside them there."""
    of_set, _, rest = figure.partition("/")
    whose = rest.partition("/")[0] if "/" in rest else ""
    is_scored_there = f"{of_set}/{bundle.name}/si_snri_db" in figures
    return is_scored_there and whose in (bundle.name, "mixture", "oracle_mask", "")


def _is_about(figure: str, bundle: Bundle, figures: Mapping[str, object]) -> bool:
    """The names and digests stay out; `estimator_` figures and the spread of the labels are the estimator's.

    `SET/WHOSE/FIGURE` is a separator's where it is its own, the mixture's or the oracle mask's.
    """
    if figure.removesuffix("_digest") in ("separator", "estimator"):
        return False
    if "/" in figure:
        return bundle.kind == "separator" and _is_beside(figure, bundle, figures)
    is_estimators = figure.startswith(("estimator_", "true_"))
    return figure == "mixtures" or is_estimators == (bundle.kind == "estimator")


def _card_text(path: Path | None) -> str:
    if path is None:
        return "# Unnamed model\n\nNobody has written a card for this bundle.\n"
    if not path.is_file():
        raise InputRefused(f"There is no model card {path}.")
    return path.read_text(encoding="utf-8")
