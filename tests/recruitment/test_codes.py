"""Codes that people copy by hand catch every single slip and forgive every usual spelling."""

from hypothesis import given
from hypothesis import strategies as st

from recruitment.codes import ALPHABET, generate_code, normalise_code

codes = st.builds(lambda _: generate_code(), st.integers())
places = st.integers(min_value=0, max_value=16)


def replace_symbol(code: str, place: int, symbol: str) -> str:
    symbols = list(code.replace("-", ""))
    symbols[place] = symbol
    return "".join(symbols)


@given(code=codes, place=places, symbol=st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_noticed(code: str, place: int, symbol: str) -> None:
    mistyped = replace_symbol(code, place, symbol)
    if mistyped != code.replace("-", ""):
        assert normalise_code(mistyped) is None


@given(code=codes, place=st.integers(min_value=0, max_value=15))
def test_two_swapped_neighbours_are_always_noticed(code: str, place: int) -> None:
    symbols = code.replace("-", "")
    swapped = symbols[:place] + symbols[place + 1] + symbols[place] + symbols[place + 2 :]
    if swapped != symbols:
        assert normalise_code(swapped) is None


@given(code=codes)
def test_blanks_case_and_lookalikes_are_forgiven(code: str) -> None:
    typed = "  " + code.lower().replace("-", " ").replace("0", "o").replace("1", "l") + "\n"
    assert normalise_code(typed) == code


def test_something_else_is_no_code() -> None:
    assert [normalise_code(entered) for entered in ("", "ABCD", "U" * 17, "é" * 17)] == [None] * 4


def test_codes_do_not_repeat() -> None:
    assert len({generate_code() for _ in range(2_000)}) == 2_000
