"""Mechanical Turk's formats without its servers: answers, questions, fees."""

from xml.etree import ElementTree

import pytest

from core.errors import ShownToUser
from recruitment.codes import generate_code
from recruitment.rules.mturk_answers import UnreadableAnswer, read_answers, stamps_in
from recruitment.rules.mturk_costs import cents_of, dollars, hit_cost
from recruitment.rules.mturk_questions import external_question, link_question
from tests.recruitment.mturk_answers import answer_xml

SITE = "https://realm.example/c/evening/"


def test_every_field_of_an_answer_is_read() -> None:
    assert read_answers(answer_xml(surveycode="A & B", comment="")) == {"surveycode": "A & B", "comment": ""}


def test_stamps_are_found_in_any_field_however_they_are_typed() -> None:
    first, second = generate_code(), generate_code()
    xml = answer_xml(surveycode=f" {first.lower()} and {first}", comment=f"also {second}")
    assert stamps_in(xml) == [first, second]


def test_entities_are_refused_before_they_are_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "boom"><!ENTITY y "&x;&x;&x;">]><a><FreeText>&y;</FreeText></a>'
    with pytest.raises(UnreadableAnswer, match="document type"):
        read_answers(bomb)


@pytest.mark.parametrize("xml", ["", "<a", "plain words", "<a>" + "x" * 300_000 + "</a>"])
def test_what_is_no_answer_is_refused(xml: str) -> None:
    with pytest.raises(UnreadableAnswer):
        read_answers(xml)


def test_the_page_in_the_frame_is_named_with_its_ampersands_escaped() -> None:
    xml = ElementTree.fromstring(external_question(address=SITE + "?a=1&b=2"))
    assert [part.text for part in xml] == [SITE + "?a=1&b=2", "700"]
    assert xml.tag.endswith("2006-07-14/ExternalQuestion.xsd}ExternalQuestion")


def test_the_link_page_cannot_be_broken_by_the_texts_of_an_admin() -> None:
    question = link_question(
        address=SITE, title="A <b> ]]> title", description="Read & speak", stamps_wanted=2
    )
    content = ElementTree.fromstring(question)[0].text or ""
    assert "A &lt;b&gt; ]]&gt; title" in content and f'href="{SITE}"' in content
    assert 'name="surveycode"' in content and "2 stamps are wanted." in content


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://realm.example/", "address_not_https"),
        ("/c/evening/", "address_not_https"),
        ("https://realm.example/?workerId=1", "address_not_usable"),
        ("https://realm.example/" + "x" * 2100, "address_not_usable"),
    ],
)
def test_an_address_that_mechanical_turk_would_refuse_is_refused_here(address: str, code: str) -> None:
    with pytest.raises(ShownToUser) as refusal:
        external_question(address=address)
    assert refusal.value.code == code


def test_a_question_that_is_too_long_is_refused_with_its_size() -> None:
    with pytest.raises(ShownToUser, match="65535"):
        link_question(address=SITE, title="t", description="é" * 40_000, stamps_wanted=1)


@pytest.mark.parametrize(
    ("reward_cents", "assignments", "fee_cents", "total_cents"),
    [(100, 9, 20, 1080), (100, 10, 40, 1400), (1, 1, 1, 2), (52, 1, 10, 62), (53, 1, 11, 64)],
)
def test_fees_follow_the_published_table(
    reward_cents: int, assignments: int, fee_cents: int, total_cents: int
) -> None:
    cost = hit_cost(reward_cents=reward_cents, assignments=assignments)
    assert (cost.fee_cents, cost.total_cents) == (fee_cents, total_cents)
    assert cost.is_crowd is (assignments >= 10)


def test_dollars_and_cents_are_turned_into_each_other() -> None:
    assert [dollars(cents) for cents in (5, 100, 1234)] == ["0.05", "1.00", "12.34"]
    assert [cents_of(text) for text in ("0.05", "1", "1.5", "12.34")] == [5, 100, 150, 1234]
