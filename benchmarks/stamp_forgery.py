"""Codes nobody minted, by the million, and every single slip of the pen, against the stamps of a real database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

from benchmarks.report import progress
from recruitment.codes import ALPHABET, WHOLE, group, normalise_code

BATCH = 20_000
SHARE_RANDOM = 0.4
SHARE_REPAIRED = 0.5  # of the mutated ones: with the check symbol made right again
MOST_SLIPS = 3
THROUGH_THE_SERVICE = 1_000
SEARCHED_TYPOS = 200


def mint_live_stamps(count: int) -> list[str]:
    """Stamps of one participant, by the service, in one transaction."""
    from django.db import transaction

    from recruitment.models import Effort
    from recruitment.services.participants import enter_constructed
    from recruitment.services.stamps import mint_stamp
    from recruitment.services.work_units import record_finished_work

    participant = enter_constructed(effort=Effort.objects.create(name="Live stamps"))
    codes = []
    with transaction.atomic():
        for number in range(count):
            unit = record_finished_work(participant=participant, subject=f"recording:{number}", evidence={})
            codes.append(mint_stamp(work_unit=unit))
    progress(f"{count} stamps are live.")
    return codes


def count_forged(codes: list[str], *, wanted: int, processes: int) -> dict[str, int]:
    """How many forged codes name a live stamp: each by its digest, and a sample by a claim."""
    sizes = [min(BATCH, wanted - start) for start in range(0, wanted, BATCH)]
    looked_up = accepted = 0
    with pool(processes, codes) as workers:
        for done, hits in workers.map(forge_batch, range(len(sizes)), sizes):
            looked_up, accepted = looked_up + done, accepted + hits
            if looked_up % (50 * BATCH) == 0:
                progress(f"{looked_up} of {wanted} forged codes looked up, {accepted} accepted.")
    sample = list(islice(forged_codes(codes, random.Random(-1)), THROUGH_THE_SERVICE))
    return {
        "forged_accepted": accepted + count_claimed(sample),
        "forged": looked_up,
        "forged_through_the_service": len(sample),
    }


def count_missed_typos(codes: list[str], *, processes: int) -> dict[str, int]:
    """Every single substitution and adjacent swap that passes as a code; and, of a sample, how many are not found."""
    chunks = [codes[start : start + 100] for start in range(0, len(codes), 100)]
    tried = missed = 0
    with pool(processes, []) as workers:
        for done, passed in workers.map(try_typos, chunks):
            tried, missed = tried + done, missed + passed
    progress(f"{tried} typos tried, {missed} passed as codes.")
    return {"typos_missed": missed, "typos": tried, "typos_not_found_again": count_not_found(codes)}


def pool(processes: int, codes: list[str]) -> ProcessPoolExecutor:
    # Not forked: a child must not share the parent's database connection.
    return ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=begin, initargs=(codes,)
    )


_live_codes: list[str] = []
_live_digests: frozenset[str] = frozenset()


def begin(codes: list[str]) -> None:
    """In each process: the digests as the database has them, beside the codes that mutations start from."""
    global _live_codes, _live_digests
    import django

    django.setup()
    from recruitment.models import WorkStamp

    _live_codes = codes
    _live_digests = frozenset(WorkStamp.objects.values_list("code_hmac", flat=True))


def forge_batch(seed: int, size: int) -> tuple[int, int]:
    """Codes looked up, and those of them that name a stamp."""
    from recruitment.sealing import keyed_digests
    from recruitment.services.stamps import STAMP_CODE

    hits = looked_up = 0
    forged = forged_codes(_live_codes, random.Random(seed))
    while looked_up < size:
        codes = list(islice(forged, size - looked_up))
        hits += len(_live_digests & keyed_digests(codes=codes, purpose=STAMP_CODE).keys())
        looked_up += len(codes)
    return looked_up, hits


def forged_codes(live: list[str], rng: random.Random) -> Iterator[str]:
    """Without end: random ones, and live ones with up to three slips, many with their check symbol repaired."""
    known = set(live)
    symbols_of = [code.replace("-", "") for code in live]
    while True:
        if not live or rng.random() < SHARE_RANDOM:
            symbols = "".join(rng.choices(ALPHABET, k=WHOLE))
        else:
            symbols = mutated(rng.choice(symbols_of), rng)
        code = group(symbols)
        # A mutation that was undone by the next one is the stamp itself, not a forgery.
        if code not in known:
            yield code


def mutated(symbols: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, MOST_SLIPS)):
        place = rng.randrange(WHOLE)
        if rng.random() < 0.25 and place < WHOLE - 1:
            pair = symbols[place + 1] + symbols[place]
            symbols = symbols[:place] + pair + symbols[place + 2 :]
        else:
            symbols = symbols[:place] + rng.choice(ALPHABET) + symbols[place + 1 :]
    return repaired(symbols) if rng.random() < SHARE_REPAIRED else symbols


def repaired(symbols: str) -> str:
    """With the check symbol that the other sixteen ask for, where the alphabet has it."""
    value = 0
    for symbol in symbols[:-1]:
        value = value * 32 + ALPHABET.index(symbol)
    check = value % 37
    return symbols[:-1] + ALPHABET[check] if check < len(ALPHABET) else symbols


def count_claimed(codes: list[str]) -> int:
    from core.errors import ShownToUser
    from recruitment.models import Effort, Submission
    from recruitment.services.stamps import claim_stamp

    effort = Effort.objects.get(name="Live stamps")
    submission = Submission.objects.create(effort=effort, reference_digest="forger")
    claimed = 0
    for code in codes:
        try:
            claim_stamp(effort=effort, code=code, submission=submission, idempotency_key=code)
            claimed += 1
        except ShownToUser:
            continue
    return claimed


def try_typos(codes: list[str]) -> tuple[int, int]:
    tried = missed = 0
    for code in codes:
        for typo in typos_of(code.replace("-", "")):
            tried += 1
            missed += normalise_code(typo) is not None
    return tried, missed


def typos_of(symbols: str) -> Iterator[str]:
    """Every single substitution, then every swap of two neighbours that differ."""
    for place, symbol in enumerate(symbols):
        for other in ALPHABET:
            if other != symbol:
                yield symbols[:place] + other + symbols[place + 1 :]
    for place in range(len(symbols) - 1):
        if symbols[place] != symbols[place + 1]:
            yield symbols[:place] + symbols[place + 1] + symbols[place] + symbols[place + 2 :]


def count_not_found(codes: list[str]) -> int:
    """Of one typo each of a sample: those from which an admin's search does not lead back to the stamp."""
    from recruitment.services.stamps import find_stamp

    rng = random.Random(7)
    lost = 0
    for code in rng.sample(codes, min(SEARCHED_TYPOS, len(codes))):
        typo = rng.choice(list(typos_of(code.replace("-", ""))))
        lost += code not in [match.code for match in find_stamp(code=f"my stamp is {typo}, thanks")]
    return lost
