"""Many redemptions of one stamp at the same moment, each on a database connection of its own.

As a program, `python -m benchmarks.stamp_races PARALLEL ROUNDS` races in the database of DATABASE_URL.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.report import CannotRun, progress

if TYPE_CHECKING:
    from recruitment.models import Effort, Submission

CONNECTS_WITHIN_S = 60


def race(*, parallel: int, rounds: int) -> dict[str, int]:
    """`parallel_winners` of the round that is farthest from one; `replays_ok` of the worst round."""
    winners = [count_winners(parallel, number) for number in range(rounds)]
    replays = [count_replays(parallel, number) for number in range(rounds)]
    progress(f"Winners of {parallel} redemptions: {winners}; replays that succeed: {replays}.")
    return {"parallel_winners": max(winners, key=lambda count: abs(count - 1)), "replays_ok": min(replays)}


def count_winners(parallel: int, number: int) -> int:
    """Every submission is another one; exactly one may have the stamp."""
    from recruitment.models import Submission

    effort, code = new_stamp(f"race {number}")
    rivals = Submission.objects.bulk_create(
        Submission(effort=effort, reference_digest=f"rival {rival}") for rival in range(parallel)
    )
    results = at_once([redemption(effort, code, rival, key=f"key {rival.pk}") for rival in rivals])
    return sum(results)


def count_replays(parallel: int, number: int) -> int:
    """The same submission with the same key, again and again: each must be told of the same success."""
    from recruitment.models import Submission

    effort, code = new_stamp(f"replay {number}")
    submission = Submission.objects.create(effort=effort, reference_digest="only one")
    return sum(at_once([redemption(effort, code, submission, key="one key")] * parallel))


def new_stamp(name: str) -> tuple[Effort, str]:
    from recruitment.models import Effort
    from recruitment.services.participants import enter_constructed
    from recruitment.services.stamps import mint_stamp
    from recruitment.services.work_units import record_finished_work

    effort = Effort.objects.create(name=name)
    unit = record_finished_work(
        participant=enter_constructed(effort=effort), subject="recording:1", evidence={}
    )
    return effort, mint_stamp(work_unit=unit)


def redemption(effort: Effort, code: str, submission: Submission, *, key: str) -> Callable[[], bool]:
    from core.errors import ShownToUser
    from recruitment.services.stamps import claim_stamp

    def redeem() -> bool:
        try:
            claim_stamp(effort=effort, code=code, submission=submission, idempotency_key=key)
        except ShownToUser:
            return False
        return True

    return redeem


def at_once(redeem: list[Callable[[], bool]]) -> list[bool]:
    """All of them from one starting line, behind which every thread has its connection open."""
    from django.db import Error, connection

    line = threading.Barrier(len(redeem), timeout=CONNECTS_WITHIN_S)
    results: list[bool] = []
    faults: list[Exception] = []

    def go(one: Callable[[], bool]) -> None:
        try:
            connection.ensure_connection()
            line.wait()
            results.append(one())
        except (Error, threading.BrokenBarrierError) as fault:
            faults.append(fault)
            line.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(one,)) for one in redeem]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise CannotRun(
            f"Not all {len(redeem)} redemptions could run at once: {faults[0]}. "
            "A PostgreSQL server needs max_connections well above --parallel."
        )
    return results


def main() -> int:
    """Migrates the database first: it is new."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(json.dumps(race(parallel=int(sys.argv[1]), rounds=int(sys.argv[2]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
