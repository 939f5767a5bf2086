"""An admin finds a stamp in whatever a person wrote, one slip forgiven; nobody else is told what a slip might mean."""

import random

import pytest

from recruitment.codes import ALPHABET, codes_in, generate_code, near_codes_in, normalise_code, one_slip_away
from recruitment.services.stamps import find_stamp, stamp_with_code
from tests.recruitment.works import make_stamp

MAIL = "Hello,\nmy stamp is {}, from yesterday at 10.\nThanks\nSent from my 17 inch thing"


def slips(code: str) -> dict[str, str]:
    """One of each kind, at a place that makes the code another one."""
    symbols = code.replace("-", "")
    place = next(place for place in range(15) if symbols[place] != symbols[place + 1])
    swapped = symbols[:place] + symbols[place + 1] + symbols[place] + symbols[place + 2 :]
    wrong = next(symbol for symbol in ALPHABET if symbol != symbols[5])
    return {
        "wrong symbol": symbols[:5] + wrong + symbols[6:],
        "no symbol of ours": symbols[:5] + "U" + symbols[6:],
        "neighbours swapped": swapped,
        "one missing": symbols[:7] + symbols[8:],
        "last one missing": symbols[:16],
        "one too many": symbols[:9] + "7" + symbols[9:],
        "grouped, one wrong": f"{code[:6]}{'K' if code[6] != 'K' else 'M'}{code[7:]}",
    }


def test_codes_are_found_in_sentences_in_their_order_and_once() -> None:
    first, second = generate_code(), generate_code()
    text = f"{second.lower().replace('-', ' ')} and also ({first}); I mean 2 {second.replace('-', '')}!"
    assert codes_in(text) == [second, first]


@pytest.mark.parametrize(
    "text", ["", "Nothing here.", "This code will work I guess", "1 2 3 4 5", "x" * 9_000]
)
def test_a_text_without_a_code_has_none(text: str) -> None:
    assert codes_in(text) == []


def test_every_kind_of_slip_leads_back_to_the_code() -> None:
    for code in (generate_code() for _ in range(50)):
        for slip in slips(code).values():
            assert code in [normalise_code(near) for near in one_slip_away(slip.replace("-", ""))]


def test_neighbours_are_few_because_the_check_symbol_rules_out_the_rest() -> None:
    rng = random.Random(1)
    for _ in range(50):
        assert len(one_slip_away("".join(rng.choices(ALPHABET, k=17)))) <= 33


def test_a_whole_code_is_not_searched_for_slips() -> None:
    assert near_codes_in(f"it is {generate_code()}") == {}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(slips(generate_code())))
def test_a_stamp_is_found_in_a_mail_with_a_slip(kind: str) -> None:
    stamp, code = make_stamp()
    make_stamp()
    (match,) = find_stamp(code=MAIL.format(slips(code)[kind]))
    assert (match.stamp, match.code, match.is_exact) == (stamp, code, False)


@pytest.mark.django_db
def test_several_stamps_of_one_answer_are_found_together() -> None:
    (one, code), (two, other) = make_stamp(), make_stamp()
    matches = find_stamp(code=f"{code} {slips(other)['wrong symbol']}")
    assert [(match.stamp, match.is_exact) for match in matches] == [(one, True), (two, False)]
    assert find_stamp(code=generate_code()) == find_stamp(code="hello 1") == []


@pytest.mark.django_db
def test_without_the_right_code_nobody_gets_a_stamp() -> None:
    stamp, code = make_stamp()
    assert stamp_with_code(code=code.lower()) == stamp
    assert [stamp_with_code(code=slip) for slip in slips(code).values()] == [None] * len(slips(code))
