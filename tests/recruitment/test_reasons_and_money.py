"""Reasons speak politely and fit where providers put them; amounts never go through floating point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ShownToUser
from recruitment.rules.money import DECIMALS, format_amount, known_currency, money, parse_amount
from recruitment.rules.reasons import (
    LONGEST_MESSAGE,
    OWN_WORDS,
    REASONS,
    RejectedTake,
    category_of,
    message_for,
)

PROLIFIC_CATEGORIES = {
    "TOO_QUICKLY", "TOO_SLOWLY", "FAILED_INSTRUCTIONS", "INCOMP_LONGITUDINAL", "FAILED_CHECK", "LOW_EFFORT",
    "MALINGERING", "NO_CODE", "BAD_CODE", "NO_DATA", "UNSUPP_DEVICE", "OTHER",
}  # fmt: skip


@pytest.mark.parametrize("code", [code for code in REASONS if code != OWN_WORDS])
def test_every_reason_is_polite_long_enough_and_has_a_category(code: str) -> None:
    message = message_for(code=code)
    assert message.startswith("Thank you")
    assert "we look again" in message
    assert len(message) >= 100  # Prolific takes no shorter one
    assert category_of(code) in PROLIFIC_CATEGORIES


def test_own_words_are_needed_where_they_are_the_reason() -> None:
    with pytest.raises(ShownToUser, match="own words"):
        message_for(code=OWN_WORDS)
    assert message_for(code=OWN_WORDS, own_words="The phone rang twice.").startswith("The phone rang twice.")


def test_words_that_do_not_fit_are_refused_with_the_number() -> None:
    with pytest.raises(ShownToUser, match="600 characters"):
        message_for(code=OWN_WORDS, own_words="a" * 600)


@given(names=st.lists(st.text("abc_1", min_size=1, max_size=40), max_size=40))
def test_many_takes_are_counted_so_that_the_message_always_fits(names: list[str]) -> None:
    takes = [RejectedTake(name=name, reason="Background noise covers the voices.") for name in names]
    message = message_for(code="takes_unusable", takes=takes)
    assert len(message) <= LONGEST_MESSAGE
    assert not takes or "Not accepted: " in message


@given(minor=st.integers(0, 2**31 - 1), currency=st.sampled_from(sorted(DECIMALS)))
def test_an_amount_that_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse_amount(format_amount(minor, currency=currency), currency=currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("4.5", "EUR", 450),
        ("4,50", "GBP", 450),
        ("450", "JPY", 450),
        ("1.250", "KWD", 1250),
        (" 7 ", "USD", 700),
    ],
)
def test_amounts_as_people_write_them(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency=currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [("4.505", "EUR"), ("4.5", "JPY"), ("-1", "USD"), ("1e3", "USD"), ("", "USD"), ("99999999999", "USD")],
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ShownToUser) as refusal:
        parse_amount(text, currency=currency)
    assert refusal.value.field == "amount"


def test_currencies_are_known_by_their_letters() -> None:
    assert known_currency(" eur ") == "EUR"
    assert money(1200, "JPY") == "1200 JPY"
    with pytest.raises(ShownToUser, match="'EURO'"):
        known_currency("EURO")
