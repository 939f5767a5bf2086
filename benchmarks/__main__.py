"""`python -m benchmarks NAME [options]`: the last line on standard output is one JSON object.

`python -m benchmarks all` runs every benchmark with its defaults, one line each.

Exit status 0 only if every target is met, 1 if one is missed, 2 if the benchmark could not run.
To add a benchmark: one file here with `add_arguments(parser)` and `run(arguments) -> Report`, one line below.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module

from benchmarks.report import CannotRun

BENCHMARKS: dict[str, str] = {
    "flags": "how often the quality flags of a take err, on clean takes and with known faults",
    "batching": "padded batches of unequal lengths against each mixture alone, every separator",
    "estimator": "the blind estimator beside two baselines, on seen and unseen separators",
    "interop": "checkpoints of other toolkits, imported: relative difference of each architecture",
    "ledger": "answers lost after the commit: receipts, rows and objects must balance",
    "long_audio": "half an hour in constant memory, and speakers who change stems",
    "losses": "PIT SI-SNR against fast_bss_eval, and the edge cases of both",
    "recording": "many recorders at once: seconds to the stamp and to the scores",
    "separation": "our separators beside SpeechBrain's on identical weights: speed, equality, memory",
    "separators": "real-time factor, memory and parameters of each separator, at small or published size",
    "stamps": "work stamps forged, mistyped, raced for, replayed, and lost with the page",
    "starter": "SI-SNRi and blind estimation of the shipped bundles on the fixed clean test set",
    "voices": "how often comparing separated voices takes two people for one, and finds one person again",
}


def main(argv: list[str] | None = None) -> int:
    """Run one benchmark and print its report."""
    arguments = sys.argv[1:] if argv is None else argv
    name = _choose(arguments[:1])
    if name == "all":
        return max(_run_apart(each) for each in BENCHMARKS)
    # Imported only now: another benchmark's packages (a browser, torch, Django) are none of this one's needs.
    module = import_module(f"benchmarks.{name}")
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=module.__doc__)
    module.add_arguments(parser)
    try:
        report = module.run(parser.parse_args(arguments[1:]))
    except CannotRun as reason:
        print(f"error: {reason}", file=sys.stderr)
        return 2
    print(report.to_json(name))
    return 0 if report.is_pass else 1


def _run_apart(name: str) -> int:
    # A process of its own: what one benchmark loads or sets must not colour the figures of the next.
    return subprocess.run([sys.executable, "-m", "benchmarks", name], check=False).returncode


def _choose(first: list[str]) -> str:
    listing = "\n".join(f"  {name:<12} {summary}" for name, summary in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"benchmarks:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=[*BENCHMARKS, "all"], metavar="NAME", help="one of those below")
    name: str = parser.parse_args(first).name
    return name


if __name__ == "__main__":
    sys.exit(main())
