"""`python -m modeling separate|evaluate|estimate|prepare|train|import|...`: the command line without Django.

python -m modeling separate mix.wav --out stems/
python -m modeling estimate mix.wav --stems stems/mix_stem1.flac stems/mix_stem2.flac
"""

from __future__ import annotations

import argparse
import os
import sys
from types import ModuleType

from modeling.commands import (
    bundles,
    calibrate,
    estimate,
    evaluate,
    import_checkpoint,
    package,
    pool,
    prepare,
    separate,
    serve,
    train,
)
from modeling.errors import ModelingError

COMMANDS: dict[str, ModuleType] = {
    "separate": separate,
    "evaluate": evaluate,
    "estimate": estimate,
    "prepare": prepare,
    "pool": pool,
    "train": train,
    "package": package,
    "bundles": bundles,
    "calibrate": calibrate,
    "import": import_checkpoint,
    "serve": serve,
}


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, without importing torch."""
    parser = argparse.ArgumentParser(
        prog="python -m modeling",
        description="Separate mixtures, score and estimate the stems, prepare data, train, import and serve models.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        module.add_arguments(subparsers.add_parser(name, help=summary, description=summary))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; a refusal prints one sentence on standard error and exits with status 2."""
    arguments = build_parser().parse_args(argv)
    try:
        status: int = COMMANDS[arguments.command].run(arguments)
    except ModelingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our lines, such as `head`, has enough; the interpreter must not flush into nowhere at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


if __name__ == "__main__":
    sys.exit(main())
