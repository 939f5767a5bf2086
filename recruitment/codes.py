"""Codes people copy by hand: 80 random bits in Crockford base32 with a check symbol, forgiving on entry."""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 16
CHECK_MODULUS = 37
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


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
    if len(symbols) != SYMBOLS + 1 or any(symbol not in ALPHABET for symbol in symbols):
        return None
    value = 0
    for symbol in symbols[:SYMBOLS]:
        value = value * 32 + ALPHABET.index(symbol)
    return group(symbols) if value % CHECK_MODULUS == ALPHABET.index(symbols[-1]) else None
