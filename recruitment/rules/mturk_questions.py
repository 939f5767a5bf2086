"""What Mechanical Turk shows to a worker: our page in its frame, or a link to it and a field for the stamp."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from core.errors import ShownToUser

MOST_QUESTION_BYTES: Final = 65_535
LONGEST_ADDRESS: Final = 2_048
FRAME_HEIGHT_PX: Final = 700
STAMP_FIELD: Final = "surveycode"  # what the provider's own template for links calls it
RESERVED: Final = frozenset({"assignmentId", "hitId", "turkSubmitTo", "workerId"})
SCHEMAS: Final = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"

LINK_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<script src="https://assets.crowd.aws/crowd-html-elements.js"></script></head>
<body><crowd-form>
<h1>{title}</h1>
<p>{description}</p>
<ol>
<li>Accept this HIT first.</li>
<li>Open <a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a> in a new tab and do the work there.
 It needs a microphone or headphones, so it cannot run inside this page.</li>
<li>Copy each work stamp you get, such as ABCD-EFGH-JKMN-PQRS-T, into this field. {stamps}</li>
</ol>
<p><label for="stamp">Work stamps</label><br>
<textarea id="stamp" name="{field}" rows="3" cols="40" required></textarea></p>
<p>Please submit only when you have your stamps. Keep them: they are your proof.</p>
</crowd-form></body></html>
"""


def link_question(*, address: str, title: str, description: str, stamps_wanted: int) -> str:
    """HTMLQuestion: hosted by Mechanical Turk, links to our top-level page and asks for the stamps."""
    refuse_bad_address(address)
    one = "One stamp is wanted." if stamps_wanted == 1 else f"{stamps_wanted} stamps are wanted."
    page = LINK_PAGE.format(
        title=escape(title),
        description=escape(description),
        address=escape(address),
        stamps=one,
        field=STAMP_FIELD,
    )
    return checked_size(
        f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd">'
        f"<HTMLContent><![CDATA[{page}]]></HTMLContent>"
        f"<FrameHeight>{FRAME_HEIGHT_PX}</FrameHeight></HTMLQuestion>"
    )


def external_question(*, address: str) -> str:
    """ExternalQuestion: our own page in Mechanical Turk's frame."""
    refuse_bad_address(address)
    return checked_size(
        f'<ExternalQuestion xmlns="{SCHEMAS}/2006-07-14/ExternalQuestion.xsd">'
        f"<ExternalURL>{escape(address)}</ExternalURL>"
        f"<FrameHeight>{FRAME_HEIGHT_PX}</FrameHeight></ExternalQuestion>"
    )


def refuse_bad_address(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise ShownToUser(
            f"The address of this site is {address[:120]!r}, and Mechanical Turk takes https:// only. Open this page "
            "under the public https address of the site and try again.",
            code="address_not_https",
            field="address",
        )
    if len(address) > LONGEST_ADDRESS or RESERVED & {name for name, _ in parse_qsl(parts.query)}:
        raise ShownToUser(
            f"The address has {len(address)} characters or a parameter that Mechanical Turk adds itself "
            f"({', '.join(sorted(RESERVED))}): use a shorter one without them.",
            code="address_not_usable",
            field="address",
        )


def checked_size(question: str) -> str:
    size = len(question.encode())
    if size > MOST_QUESTION_BYTES:
        raise ShownToUser(
            f"The question has {size} bytes; Mechanical Turk takes {MOST_QUESTION_BYTES}. Shorten the description.",
            code="question_too_long",
            field="description",
        )
    return question
