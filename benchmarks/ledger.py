"""Loses answers after the server has committed, lets clients retry, and balances receipts, rows and objects.

Every take is compared by SHA-256: what the clients hold receipts for, what the database calls stored, and what the
object store really holds (each object is read and hashed).
"""

from __future__ import annotations

import argparse
import hashlib
import math
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks.dropping_proxy import Loss, dropping_proxy
from benchmarks.report import Report, Target, progress
from benchmarks.site import HOST, SLUG, running_site
from benchmarks.virtual_recorder import Receipt, VirtualRecorder, synthetic_take

TAKE_S = 2.2
TAKE_RATE_HZ = 16_000
ZERO = Target(at_most=0)
TARGETS = {"lost": ZERO, "duplicated": ZERO, "orphan_rows": ZERO, "orphan_objects": ZERO}


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """SHA-256 digests as three parties know them, and keys of rows and objects."""

    receipts: list[str]
    row_digests: list[str]
    row_keys: list[str]
    object_digests: dict[str, str]  # by key
    unfinished_rows: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--uploads", type=int, default=500)
    parser.add_argument(
        "--drop", type=float, default=0.3, help="share of API answers that are lost (0 to 0.9)"
    )
    parser.add_argument("--recorders", type=int, default=8, help="browsers that upload at the same time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="of the web server; 0 takes a free one")


def run(arguments: argparse.Namespace) -> Report:
    per_recorder = math.ceil(arguments.uploads / arguments.recorders)
    loss = Loss(share=arguments.drop, seed=arguments.seed)
    with (
        running_site(port=arguments.port, prompts=per_recorder, with_worker=False) as site,
        dropping_proxy(upstream_port=site.port, loss=loss) as proxy_port,
    ):
        shares = np.array_split(np.arange(arguments.uploads), arguments.recorders)
        recorders = [VirtualRecorder(host=HOST, port=proxy_port, slug=SLUG) for _ in shares]
        started_s = time.perf_counter()
        with ThreadPoolExecutor(len(shares)) as crowd:
            sent = crowd.map(send_all, recorders, [[int(seed) for seed in share] for share in shares])
            receipts = [receipt for batch in sent for receipt in batch]
        took_s = time.perf_counter() - started_s
        figures = balance(read_books(receipts, expected=arguments.uploads))
    return Report(
        figures={
            **figures,
            "uploads": arguments.uploads,
            "receipts": len(receipts),
            "answers_dropped": loss.dropped,
            "attempts_repeated": sum(recorder.lost for recorder in recorders),
            "uploads_per_s": arguments.uploads / took_s,
        },
        targets=TARGETS,
    )


def send_all(recorder: VirtualRecorder, seeds: list[int]) -> list[Receipt]:
    """One browser's uploads, one after the other."""
    recorder.enter()
    receipts = []
    for number, seed in enumerate(seeds, start=1):
        wav = synthetic_take(duration_s=TAKE_S, sample_rate_hz=TAKE_RATE_HZ, seed=seed)
        receipts.append(recorder.send_take(wav, assignment=recorder.next_assignment()))
        if number % 20 == 0:
            progress(f"{number} of {len(seeds)} takes of one recorder have their receipt.")
    return receipts


def read_books(receipts: Iterable[Receipt], *, expected: int) -> Books:
    """Ask the database and read every object."""
    from collection.models import Recording, Upload
    from core.storage import object_store

    store = object_store()
    digests = {}
    for stored in store.list(""):
        digests[stored.key] = hashlib.sha256(b"".join(store.iterate(stored.key))).hexdigest()
    rows = list(Recording.objects.values_list("sha256", "object_key"))
    books = Books(
        receipts=[receipt.sha256 for receipt in receipts],
        row_digests=[digest for digest, _ in rows],
        row_keys=[key for _, key in rows],
        object_digests=digests,
        unfinished_rows=Upload.objects.exclude(state=Upload.State.STORED).count(),
    )
    progress(f"{len(books.receipts)} receipts of {expected}, {len(rows)} rows, {len(digests)} objects.")
    return books


def balance(books: Books) -> dict[str, int]:
    """`lost`: receipts without a row or an object of the same bytes. `duplicated`: the same bytes twice, as row or
    object. `orphan_rows`: rows whose object is missing or other bytes, and uploads that never finished.
    `orphan_objects`: objects that no row names."""
    stored = set(books.row_digests) & set(books.object_digests.values())
    hollow = sum(
        books.object_digests.get(key) != digest
        for digest, key in zip(books.row_digests, books.row_keys, strict=True)
    )
    return {
        "lost": sum(digest not in stored for digest in books.receipts),
        "duplicated": repeated(books.row_digests) + repeated(books.object_digests.values()),
        "orphan_rows": hollow + books.unfinished_rows,
        "orphan_objects": len(books.object_digests.keys() - set(books.row_keys)),
    }


def repeated(digests: Iterable[str]) -> int:
    return sum(count - 1 for count in Counter(digests).values())
