"""Many recorders at once while the worker runs: how long a contributor waits for the stamp, and for the scores.

`stamp_p95_s`: from sending `complete` to holding the stamp, 95th percentile under load. `scored_s`: from the stamp to
a separated take with an estimate for each stem, slowest of a few takes sent one at a time to an idle, warm worker.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np

from benchmarks.report import CannotRun, Report, Target, progress
from benchmarks.site import HOST, SLUG, manage, running_site
from benchmarks.virtual_recorder import Receipt, VirtualRecorder, synthetic_take

TAKE_RATE_HZ = 48_000
POLL_S = 0.1
TARGETS = {
    "stamp_p95_s": Target(at_most=1.0),
    "scored_s": Target(at_most=15.0),
    "unscored": Target(at_most=0),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recorders", type=int, default=20)
    parser.add_argument("--duration-s", type=float, default=60.0, help="how long the recorders record")
    parser.add_argument("--every-s", type=float, default=12.0, help="a take of each recorder every so often")
    parser.add_argument("--take-s", type=float, default=5.0)
    parser.add_argument("--probes", type=int, default=5, help="single takes whose scoring is timed")
    parser.add_argument(
        "--drain-s", type=float, default=1_200.0, help="longest wait for the worker to catch up"
    )
    parser.add_argument(
        "--bundles", nargs="*", default=[], help="folders of bundles instead of those shipped"
    )
    parser.add_argument("--port", type=int, default=0, help="of the web server; 0 takes a free one")


def run(arguments: argparse.Namespace) -> Report:
    rounds = max(1, math.floor(arguments.duration_s / arguments.every_s))
    prompts = rounds + arguments.probes + 2
    with running_site(port=arguments.port, prompts=prompts, with_worker=True) as site:
        register_bundles(arguments.bundles)
        probe = entered(site.port)
        warm_up_s = time_scoring(probe, arguments, seed=1)
        progress(f"The models are warm after {warm_up_s:.1f} s; {arguments.recorders} recorders begin.")
        receipts = record_together(site.port, arguments, rounds=rounds)
        drained_s = wait_for(lambda: count_unscored() == 0, within_s=arguments.drain_s)
        progress(f"The worker has caught up after {drained_s:.1f} s.")
        scored_s = [time_scoring(probe, arguments, seed=2 + number) for number in range(arguments.probes)]
        unscored = count_unscored()
    waits_s = [receipt.complete_s for receipt in receipts]
    return Report(
        figures={
            "stamp_p95_s": float(np.percentile(waits_s, 95)),
            "stamp_median_s": float(np.median(waits_s)),
            "stamp_max_s": max(waits_s),
            "scored_s": max(scored_s),
            "scored_median_s": float(np.median(scored_s)),
            "unscored": unscored,
            "takes": len(receipts),
            "caught_up_s": drained_s,
            "warm_up_s": warm_up_s,
        },
        targets=TARGETS,
    )


def register_bundles(folders: list[str]) -> None:
    from evaluation.registry.models import ModelBundle

    manage("register_bundles", *folders)
    kinds = set(ModelBundle.objects.filter(is_default=True).values_list("kind", flat=True))
    missing = {"separator", "estimator"} - kinds
    if missing:
        raise CannotRun(
            f"This checkout ships no {' and no '.join(sorted(missing))} bundle to score takes with."
        )


def entered(port: int) -> VirtualRecorder:
    recorder = VirtualRecorder(host=HOST, port=port, slug=SLUG)
    recorder.enter()
    return recorder


def record_together(port: int, arguments: argparse.Namespace, *, rounds: int) -> list[Receipt]:
    """All recorders, spread evenly over one period, each with its takes ready before the clock starts."""

    def record(number: int) -> list[Receipt]:
        recorder, receipts = entered(port), []
        seeds = range(1_000 + number * rounds, 1_000 + (number + 1) * rounds)
        takes = [
            synthetic_take(duration_s=arguments.take_s, sample_rate_hz=TAKE_RATE_HZ, seed=seed)
            for seed in seeds
        ]
        ready.wait()
        for turn, wav in enumerate(takes):
            due_s = (turn + number / arguments.recorders) * arguments.every_s
            time.sleep(max(0.0, started_s[0] + due_s - time.monotonic()))
            receipts.append(recorder.send_take(wav, assignment=recorder.next_assignment()))
        return receipts

    started_s: list[float] = []
    ready = Barrier(arguments.recorders, action=lambda: started_s.append(time.monotonic()))
    with ThreadPoolExecutor(arguments.recorders) as crowd:
        return [receipt for batch in crowd.map(record, range(arguments.recorders)) for receipt in batch]


def time_scoring(recorder: VirtualRecorder, arguments: argparse.Namespace, *, seed: int) -> float:
    """Send one take and wait until it is separated and every stem has its estimate."""
    wav = synthetic_take(duration_s=arguments.take_s, sample_rate_hz=TAKE_RATE_HZ, seed=seed)
    receipt = recorder.send_take(wav, assignment=recorder.next_assignment())
    return wait_for(lambda: is_scored(receipt.recording), within_s=arguments.drain_s)


def wait_for(condition: Callable[[], bool], *, within_s: float) -> float:
    """Seconds until the condition held; NaN (which fails every target) where it did not in time."""
    started_s = time.monotonic()
    while time.monotonic() - started_s < within_s:
        if condition():
            return time.monotonic() - started_s
        time.sleep(POLL_S)
    return math.nan


def is_scored(recording: str) -> bool:
    from evaluation.runs.models import Stem

    stems = Stem.objects.filter(separation__recording__public_id=recording)
    return stems.exists() and not stems.filter(quality_estimates__isnull=True).exists()


def count_unscored() -> int:
    from collection.models import Recording

    waiting = Recording.objects.exclude(separations__stems__quality_estimates__isnull=False)
    return waiting.count()
