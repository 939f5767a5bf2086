"""Codes people copy by hand: 80 random bits in Crockford base32 with a check symbol, forgiving on entry."""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 16
WHOLE = SYMBOLS + 1
CHECK_MODULUS = 37
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
# What each place adds to the check sum, which is 0 modulo 37 for a whole code; the last symbol is the check.
WEIGHTS = [*(pow(32, place, CHECK_MODULUS) for place in reversed(range(SYMBOLS))), CHECK_MODULUS - 1]
INVERSES = [pow(weight, -1, CHECK_MODULUS) for weight in WEIGHTS]

RUN = re.compile(r"[0-9A-Za-z]+")
# Between two groups of one code; a comma, a colon or a bracket ends it.
GAP = re.compile(r"[^0-9A-Za-z,;:()\[\]]{1,3}")
GROUPED = (4, 4, 4, 4, 1)
MOST_GROUPS = 9
LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Neighbouring runs of a text that may be one code: where they stand and their symbols without gaps."""

    start: int
    end: int
    symbols: str
    lengths: tuple[int, ...]

    @property
    def rank(self) -> tuple[int, int]:
        """The more certain spelling first: one run, then the groups as we print them, then anything else."""
        spelling = 0 if len(self.lengths) == 1 else 1 if self.lengths == GROUPED else 2
        return spelling, self.start

    @property
    def is_plausible(self) -> bool:
        """Not made of ordinary words, which have no digits (of codes one in six hundred), nor in crumbs."""
        return len(self.lengths) <= MOST_GROUPS and any(symbol.isdigit() for symbol in self.symbols)


def generate_code() -> str:
    """`ABCD-EFGH-JKMN-PQRS-X`; redrawn until the check value (mod 37) is itself a symbol of the alphabet."""
    while True:
        value = secrets.randbits(5 * SYMBOLS)
        if value % CHECK_MODULUS < len(ALPHABET):
            return group(encode(value) + ALPHABET[value % CHECK_MODULUS])


def encode(value: int) -> str:
    return "".join(ALPHABET[(value >> (5 * place)) & 31] for place in reversed(range(SYMBOLS)))


def group(symbols: str) -> str:
    return "-".join(symbols[start : start + 4] for start in range(0, len(symbols), 4))


def normalise_code(entered: str) -> str | None:
    """What a person typed as the code it must be, or None when it cannot be one (wrong length, check or symbol)."""
    symbols = re.sub(r"[\s\-–—_.]", "", entered).upper().translate(LOOKALIKES)
    return group(symbols) if is_whole(symbols) else None


def is_whole(symbols: str) -> bool:
    """Seventeen symbols of the alphabet of which the last checks the others."""
    if len(symbols) != WHOLE or any(symbol not in VALUES for symbol in symbols):
        return False
    total = sum(VALUES[symbol] * weight for symbol, weight in zip(symbols, WEIGHTS, strict=True))
    return total % CHECK_MODULUS == 0


def codes_in(text: str) -> list[str]:
    """Every whole code in what somebody wrote, in their order, each once: sentences around it do not matter."""
    found = sorted(_whole_pieces(text), key=lambda piece: piece.start)
    return list(dict.fromkeys(group(piece.symbols) for piece in found))


def near_codes_in(text: str) -> dict[str, list[str]]:
    """For each piece that is almost a code, as it was written: the codes that one slip turns into it.

    A slip is a wrong symbol, two neighbours swapped, a symbol too few or one too many.
    """
    text = readable(text)
    taken = _whole_pieces(text)
    near: dict[str, list[str]] = {}
    for piece in _pieces(text, shortest=WHOLE - 1, longest=WHOLE + 1):
        is_meant = piece.is_plausible or _is_all_of(piece, text)
        if is_meant and not any(_overlap(piece, whole) for whole in taken):
            codes = [group(symbols) for symbols in one_slip_away(piece.symbols)]
            near[text[piece.start : piece.end]] = codes
    return near


def wrong_checks_in(text: str) -> list[str]:
    """What has the length, the letters and the groups of a code, as it was written, but a check that is wrong."""
    text = readable(text)
    taken = _whole_pieces(text)
    return [
        text[piece.start : piece.end]
        for piece in _pieces(text, shortest=WHOLE, longest=WHOLE)
        if _has_shape_of_code(piece, text) and not any(_overlap(piece, whole) for whole in taken)
    ]


def _has_shape_of_code(piece: Piece, text: str) -> bool:
    """One run, or the groups as we print them; without a digit only with our hyphens, or it may be words."""
    is_grouped = piece.rank[0] < 2
    is_readable = all(symbol in VALUES for symbol in piece.symbols)
    hyphens = text.count("-", piece.start, piece.end)
    is_meant = piece.is_plausible or hyphens == len(GROUPED) - 1
    return is_grouped and is_readable and is_meant and not is_whole(piece.symbols)


def one_slip_away(symbols: str) -> list[str]:
    """The whole codes, without hyphens, that differ from these symbols by one slip."""
    if not WHOLE - 1 <= len(symbols) <= WHOLE + 1:
        return []
    neighbours = {
        WHOLE - 1: _with_one_more,
        WHOLE: _with_one_other,
        WHOLE + 1: _with_one_less,
    }[len(symbols)]
    return sorted({candidate for candidate in neighbours(symbols) if is_whole(candidate)})


def _with_one_other(symbols: str) -> Iterator[str]:
    for place in range(WHOLE):
        yield from _filled(symbols[:place], symbols[place + 1 :])
    for place in range(WHOLE - 1):
        yield symbols[:place] + symbols[place + 1] + symbols[place] + symbols[place + 2 :]


def _with_one_more(symbols: str) -> Iterator[str]:
    for place in range(WHOLE):
        yield from _filled(symbols[:place], symbols[place:])


def _with_one_less(symbols: str) -> Iterator[str]:
    for place in range(WHOLE + 1):
        yield symbols[:place] + symbols[place + 1 :]


def _filled(before: str, after: str) -> Iterator[str]:
    """With the one symbol between them that makes the check come out, if there is one."""
    known = zip(before + "0" + after, WEIGHTS, strict=True)
    rest = sum(VALUES.get(symbol, 0) * weight for symbol, weight in known)
    missing = -rest * INVERSES[len(before)] % CHECK_MODULUS
    if missing < len(ALPHABET):
        yield before + ALPHABET[missing] + after


def readable(text: str) -> str:
    """Full-width and other compatibility forms as plain letters; a mail is read up to 5,000 characters."""
    return unicodedata.normalize("NFKC", text[:LONGEST_TEXT])


def _whole_pieces(text: str) -> list[Piece]:
    """Pieces that are codes, the most certain first, none over another."""
    candidates = [
        piece
        for piece in _pieces(readable(text), shortest=WHOLE, longest=WHOLE)
        if is_whole(piece.symbols) and (piece.rank[0] < 2 or piece.is_plausible)
    ]
    taken: list[Piece] = []
    for piece in sorted(candidates, key=lambda candidate: candidate.rank):
        if not any(_overlap(piece, other) for other in taken):
            taken.append(piece)
    return taken


def _is_all_of(piece: Piece, text: str) -> bool:
    """Whether nothing else is written there: then even letters alone are meant as a code."""
    first = RUN.search(text)
    return first is not None and first.start() == piece.start and RUN.search(text, piece.end) is None


def _overlap(one: Piece, other: Piece) -> bool:
    return one.start < other.end and other.start < one.end


def _pieces(text: str, *, shortest: int, longest: int) -> Iterator[Piece]:
    """Every sequence of neighbouring runs whose symbols together are that many."""
    runs = list(RUN.finditer(text))
    for first, run in enumerate(runs):
        symbols, lengths, end = "", list[int](), run.start()
        for follower in runs[first:]:
            if symbols and not GAP.fullmatch(text, end, follower.start()):
                break
            symbols += follower.group().upper().translate(LOOKALIKES)
            end = follower.end()
            lengths.append(len(follower.group()))
            if len(symbols) > longest:
                break
            if len(symbols) >= shortest:
                yield Piece(start=run.start(), end=end, symbols=symbols, lengths=tuple(lengths))
