"""Train a model by the name of its run; the same command again resumes it.

python -m modeling train --list
python -m modeling train blstm_clean --list
python -m modeling train blstm_clean --corpus DIR --set optimisation.max_minutes=30
torchrun --nproc-per-node 4 -m modeling train blstm_clean --corpus DIR
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from modeling.commands.options import positive_int, print_row
from modeling.data.corpus import find_corpus
from modeling.errors import InputRefused
from modeling.runs import RUNS
from modeling.runs.config import RunConfig
from modeling.runs.settings import list_settings, with_settings

SIGNALLED = 128
"""What shells add to the number of the signal that ended a command."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help=f"one of: {', '.join(RUNS)}")
    parser.add_argument(
        "--list", action="store_true", help="list the runs, or the settings of RUN, and do nothing else"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, may be repeated"
    )
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="training corpus (default: REALM_CORPUS_DIR)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="run folder (default: runs/RUN)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=positive_int, default=None, help="CPU threads")


def run(arguments: argparse.Namespace) -> int:
    if arguments.run is None:
        return _list_runs(is_asked_for=arguments.list)
    config = with_settings(_find_run(arguments.run)(), _settings(arguments.set))
    if arguments.list:
        for setting in list_settings(config):
            print_row({"setting": setting.name, "type": setting.kind, "value": setting.value})
        return 0
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    return _train(config, arguments)


def _train(config: RunConfig, arguments: argparse.Namespace) -> int:
    corpus = find_corpus(arguments.corpus)
    folder = arguments.out or Path("runs") / config.name

    import torch

    from modeling.building import pick_device
    from modeling.training.assembly import assemble
    from modeling.training.ranks import device_of_rank, join_ranks, leave_ranks
    from modeling.training.stopping import StopSignals

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    device = device_of_rank(pick_device(arguments.device))
    ranks = join_ranks(device)
    try:
        trainer = assemble(config, corpus=corpus, folder=folder, device=device, ranks=ranks)
        with StopSignals() as stop:
            outcome = trainer.train(stop=stop)
    finally:
        leave_ranks()
    if outcome.stopped_by and ranks.is_first:
        print(f"Stopped at step {outcome.step}; the same command goes on from there.", file=sys.stderr)
    elif ranks.is_first:
        print_row(
            {
                "run": config.name,
                "folder": str(folder),
                "step": outcome.step,
                "best_score": outcome.best_score,
            }
        )
    return SIGNALLED + outcome.stopped_by if outcome.stopped_by else 0


def _find_run(name: str) -> Callable[[], RunConfig]:
    if name not in RUNS:
        raise InputRefused(f"There is no run named {name!r}. Known runs: {', '.join(RUNS)}.")
    return RUNS[name]


def _list_runs(*, is_asked_for: bool) -> int:
    if not is_asked_for:
        raise InputRefused(f"Name a run: {', '.join(RUNS)}. Or see what they are: --list.")
    for name, build in RUNS.items():
        summary = (build.__doc__ or "").strip().partition("\n")[0]
        print_row(
            {"run": name, "model": type(build().model).__name__.removesuffix("Config"), "summary": summary}
        )
    return 0


def _settings(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise InputRefused(f"--set wants KEY=VALUE, such as optimisation.batch_size=8, not {wrong[0]!r}.")
    return dict(pair.split("=", 1) for pair in pairs)
