"""Train a model by the name of its run; the same command again resumes it.

python -m modeling train --list
python -m modeling train blstm_clean --list
python -m modeling train blstm_clean --corpus DIR --set optimisation.max_minutes=30
torchrun --nproc-per-node 4 -m modeling train blstm_clean --corpus DIR
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from modeling.commands.options import positive_int, print_row
from modeling.data.corpus import find_corpus
from modeling.errors import InputRefused
from modeling.front_ends import with_pinned_front_end
from modeling.runs import RUNS
from modeling.runs.config import RunConfig
from modeling.runs.settings import list_settings, with_settings

if TYPE_CHECKING:
    from modeling.training.resuming import CorpusNote, Standing

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
    parser.add_argument(
        "--other-corpus", action="store_true", help="go on with a run on another corpus than it was begun on"
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
            row = {"setting": setting.name, "type": setting.kind, "value": setting.value}
            print_row({**row, "description": setting.description} if setting.description else {**row})
        return 0
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    return _train(config, arguments)


def _train(config: RunConfig, arguments: argparse.Namespace) -> int:
    corpus, config = find_corpus(arguments.corpus), with_pinned_front_end(config)
    folder = arguments.out or Path("runs") / config.name

    import torch

    from modeling.training.resuming import note_corpus

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    note = note_corpus(config, corpus)
    standing = _take_up(config, folder, note=note, is_other_corpus=arguments.other_corpus)
    if standing is not None and standing.is_finished:
        return _report(config, folder, step=standing.step, best_score=standing.best_score)
    return _run(config, folder, corpus=corpus, note=note, device_name=arguments.device)


def _take_up(
    config: RunConfig, folder: Path, *, note: CorpusNote | None, is_other_corpus: bool
) -> Standing | None:
    """Say what the folder holds before any speech is decoded, and refuse what does not go on from it."""
    from modeling.training.resuming import (
        changed_settings,
        read_description,
        read_standing,
        refuse_other_corpus,
    )

    standing = read_standing(config, folder)
    if standing is None:
        return None
    description = read_description(folder)
    if not is_other_corpus and not standing.is_finished:
        refuse_other_corpus(note, description=description, folder=folder)
    changes = changed_settings(config, description)
    if changes:
        _say(f"Settings changed since this run was last started: {', '.join(changes)}.")
    if standing.is_finished:
        _say(
            f"The run in {folder} is already finished, at step {standing.step}: to train another, give an empty "
            "folder with --out; to go on, raise what ends it (--list shows optimisation.max_steps and others)."
        )
    else:
        _say(f"Going on at step {standing.step} of {folder}.")
    return standing


def _run(config: RunConfig, folder: Path, *, corpus: Path, note: CorpusNote | None, device_name: str) -> int:
    from modeling.building import pick_device
    from modeling.training.assembly import assemble
    from modeling.training.ranks import device_of_rank, join_ranks, leave_ranks
    from modeling.training.stopping import StopSignals

    device = device_of_rank(pick_device(device_name))
    ranks = join_ranks(device)
    try:
        trainer = assemble(config, corpus=corpus, folder=folder, device=device, ranks=ranks)
        with StopSignals() as stop:
            outcome = trainer.train(stop=stop, corpus=note)
    finally:
        leave_ranks()
    if outcome.stopped_by:
        _say(f"Stopped at step {outcome.step}; the same command goes on from there.")
        return SIGNALLED + outcome.stopped_by
    return _report(config, folder, step=outcome.step, best_score=outcome.best_score)


def _report(config: RunConfig, folder: Path, *, step: int, best_score: float) -> int:
    if _is_first():
        print_row({"run": config.name, "folder": str(folder), "step": step, "best_score": best_score})
    return 0


def _say(sentence: str) -> None:
    if _is_first():
        print(sentence, file=sys.stderr)


def _is_first() -> bool:
    """Of the processes that torchrun started, known before they meet."""
    return os.environ.get("RANK", "0") == "0"


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
