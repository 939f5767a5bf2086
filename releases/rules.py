"""What a release may hold and what it may be called; pure rules, no database."""

import re
from collections.abc import Iterable

from collection.licences import LICENCES
from core.errors import ShownToUser

PEOPLE_IN_A_MIXTURE = 2
FIRST_VERSION = "0.1.0"
VERSION_PATTERN = re.compile(r"(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})")
LANGUAGE_WORDS = re.compile(r"[^\W\d_]+(?:[ '’(-]+[^\W\d_]+){0,3}\)?")


def parse_version(version: str) -> tuple[int, int, int]:
    """`0.1.0` as numbers that sort. Raises ShownToUser `bad_version`."""
    match = VERSION_PATTERN.fullmatch(version)
    if match is None:
        raise ShownToUser(
            f"The version {version[:40]!r} is not one: write three numbers with dots, such as {FIRST_VERSION}.",
            code="bad_version",
            field="version",
        )
    major, minor, patch = (int(number) for number in match.groups())
    return major, minor, patch


def next_version(versions: Iterable[str]) -> str:
    """The next minor version after the highest; the first one where there is none."""
    known = [parse_version(version) for version in versions]
    if not known:
        return FIRST_VERSION
    major, minor, _ = max(known)
    return f"{major}.{minor + 1}.0"


def refuse_without_consent(
    *, recording_id: str, is_constructed: bool, people_consenting: int, note: str
) -> None:
    """A voice is published only if everybody in the room agreed; a constructed take needs its attribution."""
    if is_constructed:
        if not note.strip():
            raise ShownToUser(
                f"The constructed recording {recording_id} has no attribution (origin note), so it cannot be "
                "published. Please add where its voices come from, or reject it.",
                code="attribution_missing",
                field="origin_note",
            )
    elif people_consenting < PEOPLE_IN_A_MIXTURE:
        raise ShownToUser(
            f"In the recording {recording_id} only {people_consenting} of {PEOPLE_IN_A_MIXTURE} people agreed to "
            "a consent text, so it cannot be published. Please reject it.",
            code="consent_missing",
            field="recording",
        )


def language_names(answer: str) -> str:
    """The words of a free-text answer that can be languages; addresses and numbers in it stay unpublished."""
    parts = [part.strip() for part in re.split(r"[,;/&\n]|\band\b", answer) if "@" not in part]
    return ", ".join(part for part in parts if LANGUAGE_WORDS.fullmatch(part))


def describe_licence(spdx_id: str) -> str:
    """The text of the file LICENSE."""
    name, address = LICENCES.get(spdx_id, (spdx_id, f"https://spdx.org/licenses/{spdx_id}.html"))
    return (
        f"The recordings and their descriptions in this release are licensed under {name}\n"
        f"(SPDX-License-Identifier: {spdx_id}).\n\n"
        f"The legal text: {address}\n\n"
        "Whatever the licence allows: do not try to find out who the speakers are, and drop every recording that\n"
        "is listed in withdrawals.jsonl, here or at its public address (see README.md).\n"
    )
