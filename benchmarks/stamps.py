"""Work stamps under attack: forged, mistyped, redeemed by many at once, replayed, and lost with the page.

`forged_accepted`: random codes and codes made from live ones, each looked up by its HMAC among the digests of the
stamps in the database, plus a sample that goes through the service. `typos_missed`: single wrong symbols and swapped
neighbours that pass as codes. `parallel_winners`: of many redemptions of one stamp at the same moment, in the worst
round; `replays_ok`: of as many with one key. `reshown`: browsers that died before they read the last answer, and are
shown the same stamp on another day.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks.report import CannotRun, Figure, Report, Target, progress
from benchmarks.site import running_site
from benchmarks.stamp_forgery import count_forged, count_missed_typos, mint_live_stamps
from benchmarks.stamp_races import race
from benchmarks.stamp_returns import count_reshown

ONE = Target(at_least=1, at_most=1)
ZERO = Target(at_most=0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--forged", type=int, default=10_000_000, help="random and mutated codes")
    parser.add_argument("--live", type=int, default=10_000, help="stamps in the database")
    parser.add_argument("--parallel", type=int, default=100, help="redemptions of one stamp at once")
    parser.add_argument(
        "--rounds", type=int, default=5, help="stamps that are raced for, one after the other"
    )
    parser.add_argument("--returns", type=int, default=100, help="browsers that die and come back")
    parser.add_argument(
        "--browser-kills", type=int, default=3, help="how many of them are a real Chromium, ended by SIGKILL"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--postgres",
        default=os.environ.get("DATABASE_URL", ""),
        help="postgres:// address of a server for a second race, in a database of its own (default: DATABASE_URL)",
    )
    parser.add_argument("--port", type=int, default=0, help="of the web server; 0 takes a free one")


def run(arguments: argparse.Namespace) -> Report:
    targets = {
        "forged_accepted": ZERO,
        "typos_missed": ZERO,
        "parallel_winners": ONE,
        "replays_ok": Target(at_least=arguments.parallel),
        "reshown": Target(at_least=arguments.returns),
    }
    figures: dict[str, Figure] = {}
    with running_site(port=arguments.port, prompts=3, with_worker=False) as site:
        codes = mint_live_stamps(arguments.live)
        figures |= count_forged(codes, wanted=arguments.forged, processes=arguments.processes)
        figures |= count_missed_typos(codes, processes=arguments.processes)
        figures |= race(parallel=arguments.parallel, rounds=arguments.rounds)
        figures |= count_reshown(site, returns=arguments.returns, browser_kills=arguments.browser_kills)
    if arguments.postgres:
        with own_database(arguments.postgres) as url:
            raced = race_elsewhere(url, parallel=arguments.parallel, rounds=arguments.rounds)
        figures |= {f"{name}_postgres": figure for name, figure in raced.items()}
        targets |= {
            "parallel_winners_postgres": ONE,
            "replays_ok_postgres": Target(at_least=arguments.parallel),
        }
    return Report(figures=figures, targets=targets)


@contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """A new database on that server, dropped at the end: whatever else is there stays untouched."""
    from django.db import OperationalError
    from django.db.utils import ConnectionHandler

    from config.environment import parse_database_url

    name = f"realm_benchmark_{secrets.token_hex(4)}"
    server = ConnectionHandler({"default": parse_database_url(server_url, base_dir=Path())})["default"]
    try:
        cursor = server.cursor()
    except OperationalError as error:
        raise CannotRun(f"No PostgreSQL answers at --postgres: {error}") from error
    cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


def race_elsewhere(url: str, *, parallel: int, rounds: int) -> dict[str, int]:
    """In a process of its own, because a process of Django has one database."""
    command = [sys.executable, "-m", "benchmarks.stamp_races", str(parallel), str(rounds)]
    progress("The same race on PostgreSQL.")
    ended = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, timeout=900
    )
    if ended.returncode:
        raise CannotRun(f"The race on PostgreSQL ended early: {ended.stderr.strip().splitlines()[-1]}")
    figures: dict[str, int] = json.loads(ended.stdout.splitlines()[-1])
    return figures
