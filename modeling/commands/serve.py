"""Answer separation and estimation requests as JSON lines on standard input and output.

echo '{"id": "1", "op": "ping"}' | python -m modeling serve --threads 1
"""

from __future__ import annotations

import argparse
import logging
import os
import sys

from modeling.commands.options import add_engine_options, start_engine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--nice",
        type=int,
        choices=range(20),
        default=5,
        metavar="N",
        help="lower the priority by N (default 5)",
    )
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from modeling.serving import claim_stdout, read_requests, serve

    answers = claim_stdout()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # Scoring must never slow down a recording on the same machine.
    os.nice(arguments.nice)
    engine = start_engine(arguments)
    try:
        serve(engine, requests=read_requests(), answers=answers)
    except BrokenPipeError:
        # The other side is gone: so is the reason to run.
        return 0
    return 0
