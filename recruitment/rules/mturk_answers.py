"""The answers of a Mechanical Turk assignment: XML from outside, read without entities and without surprises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from recruitment.codes import codes_in

MOST_ANSWER_CHARACTERS: Final = 256 * 1024
MOST_STAMPS: Final = 50


class UnreadableAnswer(ValueError):  # noqa: N818
    """Not the XML that Mechanical Turk sends: broken, too long, or with a document type."""


@dataclass(slots=True)
class _Reading:
    """Where the parser is: the question it is in, and the text so far."""

    answers: dict[str, str] = field(default_factory=dict)
    question: str = ""
    element: str = ""
    text: list[str] = field(default_factory=list)


def read_answers(xml: str) -> dict[str, str]:
    """What each question was answered with. Raises UnreadableAnswer.

    A document type is refused before it is read, so entities are never expanded and nothing is fetched.
    """
    if len(xml) > MOST_ANSWER_CHARACTERS:
        raise UnreadableAnswer("The answer is too long to be one.")
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = lambda name, _attributes: _begin(reading, name)
    parser.EndElementHandler = lambda name: _end(reading, name)
    parser.CharacterDataHandler = reading.text.append
    try:
        parser.Parse(xml.encode(), True)
    except expat.ExpatError:
        raise UnreadableAnswer("The answer is no whole XML.") from None
    return reading.answers


def stamps_in(xml: str) -> list[str]:
    """Every work stamp that somebody typed into any field, each once."""
    found = [code for text in read_answers(xml).values() for code in codes_in(text)]
    return list(dict.fromkeys(found))[:MOST_STAMPS]


def _refuse_document_type(*_declaration: object) -> None:
    raise UnreadableAnswer("The answer has a document type, which Mechanical Turk never sends.")


def _begin(reading: _Reading, name: str) -> None:
    reading.element = name.rpartition(" ")[2]
    reading.text.clear()


def _end(reading: _Reading, name: str) -> None:
    local_name, text = name.rpartition(" ")[2], "".join(reading.text).strip()
    if local_name == "QuestionIdentifier":
        reading.question = text
    elif local_name in ("FreeText", "SelectionIdentifier", "OtherSelectionText"):
        before = reading.answers.get(reading.question, "")
        reading.answers[reading.question] = f"{before} {text}".strip()
    reading.text.clear()
