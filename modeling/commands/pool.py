"""Fill a pool of separators and let it separate what estimators are trained on.

python -m modeling pool add runs/conv_tasnet_a --half A --fraction 1.0 --pool runs/pool
python -m modeling pool separate --pool runs/pool --corpus DIR --mixtures 2000 --out runs/stems/train
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from modeling.commands.options import positive_int, print_row
from modeling.data.corpus import find_corpus
from modeling.errors import InputRefused
from modeling.runs import RUNS
from modeling.runs.settings import with_settings

USUAL_TALKERS = 2
"""Members for another number say so in their names."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|list|separate")
    _describe_add(verbs.add_parser("add", help="package a checkpoint of a training run as a member"))
    listing = verbs.add_parser("list", help="print the members, one JSON object a line")
    listing.add_argument("--pool", type=Path, required=True, metavar="DIR")
    _describe_separate(verbs.add_parser("separate", help="separate fresh mixtures into shards; resumes"))


def run(arguments: argparse.Namespace) -> int:
    return {"add": _add, "list": _list, "separate": _separate}[arguments.verb](arguments)


def _describe_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", type=Path, metavar="RUN_FOLDER")
    parser.add_argument("--pool", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--half", choices=("A", "B", "all"), required=True, help="the run's mixing.speaker_half"
    )
    parser.add_argument("--checkpoint", default="best", metavar="NAME", help="NAME.pt in the run's folder")
    parser.add_argument(
        "--fraction", type=float, default=1.0, metavar="F", help="how much of the run it had, 0 to 1"
    )


def _describe_separate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pool",
        type=Path,
        metavar="DIR",
        help="without one, mixtures are stored unseparated: training masks them anew each time",
    )
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="default: REALM_CORPUS_DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the shards")
    parser.add_argument("--split", choices=("train", "valid"), default="train")
    parser.add_argument("--role", choices=("training", "selection"), default="training")
    parser.add_argument("--mixtures", type=positive_int, default=2000)
    parser.add_argument("--separators", type=positive_int, default=3, help="separators for each mixture")
    parser.add_argument("--run", default="quality_estimator", help="the run whose mixing is used")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=positive_int, default=None, help="CPU threads")


def _add(arguments: argparse.Namespace) -> int:
    from modeling.packaging import PackagingChoices, package_run
    from modeling.training.pool import PoolMember, add_members, role_of

    family, talkers = _trained_model(arguments.run_folder)
    name = f"{family}-{arguments.half}-{round(100 * arguments.fraction):03d}"
    if talkers != USUAL_TALKERS:
        name = f"{name}-of-{talkers}"
    package_run(
        arguments.run_folder,
        folder=arguments.pool / name,
        name=name,
        choices=PackagingChoices(
            training_data=f"half {arguments.half} of the training speakers",
            card=f"# {name}\n\nA member of a pool that teaches estimators: a small network, briefly trained.\n",
            checkpoint=arguments.checkpoint,
        ),
    )
    member = PoolMember(
        bundle=name,
        family=family,
        half=arguments.half,
        fraction=arguments.fraction,
        role=role_of(family),
    )
    add_members(arguments.pool, [member])
    print_row(dataclasses.asdict(member))
    return 0


def _trained_model(run_folder: Path) -> tuple[str, int]:
    """The family, and how many talkers it separates."""
    try:
        description = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
        return str(description["model_name"]), int(description["model"].get("num_sources", USUAL_TALKERS))
    except (OSError, ValueError, KeyError) as error:
        raise InputRefused(
            f"{run_folder} is not the folder of a training run: run.json cannot be read."
        ) from error


def _list(arguments: argparse.Namespace) -> int:
    from modeling.training.pool import read_pool

    _refuse_what_is_no_pool(arguments.pool)
    for member in read_pool(arguments.pool):
        print_row(dataclasses.asdict(member))
    return 0


def _refuse_what_is_no_pool(folder: Path) -> None:
    from modeling.training.pool import POOL_NAME

    if not (folder / POOL_NAME).is_file():
        raise InputRefused(
            f"There is no pool of separators in {folder}: it has no {POOL_NAME}. "
            f"Fill one with python -m modeling pool add RUN_FOLDER --pool {folder} --half A."
        )


def _settings(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise InputRefused(f"--set wants KEY=VALUE, such as mixing.speaker_half=A, not {wrong[0]!r}.")
    return dict(pair.split("=", 1) for pair in pairs)


def _separate(arguments: argparse.Namespace) -> int:
    import torch

    from modeling.building import pick_device
    from modeling.training.separating import SeparationPlan, separate_pool

    if arguments.pool is not None:
        _refuse_what_is_no_pool(arguments.pool)
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    if arguments.run not in RUNS:
        raise InputRefused(f"There is no run named {arguments.run!r}. Known runs: {', '.join(RUNS)}.")
    plan = SeparationPlan(
        run=with_settings(RUNS[arguments.run](), _settings(arguments.set)),
        split=arguments.split,
        role=arguments.role,
        mixtures=arguments.mixtures,
        separators_per_mixture=arguments.separators,
    )
    written = separate_pool(
        plan,
        pool=arguments.pool,
        corpus=find_corpus(arguments.corpus),
        folder=arguments.out,
        device=pick_device(arguments.device),
    )
    print_row({"folder": str(arguments.out), "shards_written": written})
    return 0
