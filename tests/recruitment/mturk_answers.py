"""Answers as Mechanical Turk sends them."""

from html import escape

SCHEMA = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"


def answer_xml(**fields: str) -> str:
    answers = "".join(
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier><FreeText>{escape(text)}</FreeText></Answer>"
        for name, text in fields.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<QuestionFormAnswers xmlns="{SCHEMA}">{answers}</QuestionFormAnswers>'
