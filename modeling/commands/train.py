"""Train a model by the name of its run; the same command again resumes it.

python -m modeling train blstm_clean --corpus DIR --set optimisation.max_minutes=30
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from modeling.commands.options import positive_int, print_row
from modeling.data.corpus import find_corpus
from modeling.errors import InputRefused
from modeling.runs import RUNS
from modeling.runs.config import with_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=f"one of: {', '.join(RUNS)}")
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
    if arguments.run not in RUNS:
        raise InputRefused(f"There is no run named {arguments.run!r}. Known runs: {', '.join(RUNS)}.")
    config = with_settings(RUNS[arguments.run](), _settings(arguments.set))
    corpus = find_corpus(arguments.corpus)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")

    import torch

    from modeling.building import pick_device
    from modeling.training.assembly import assemble

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    folder = arguments.out or Path("runs") / config.name
    trainer = assemble(config, corpus=corpus, folder=folder, device=pick_device(arguments.device))
    outcome = trainer.train()
    print_row(
        {"run": config.name, "folder": str(folder), "step": outcome.step, "best_score": outcome.best_score}
    )
    return 0


def _settings(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise InputRefused(f"--set wants KEY=VALUE, such as optimisation.batch_size=8, not {wrong[0]!r}.")
    return dict(pair.split("=", 1) for pair in pairs)
