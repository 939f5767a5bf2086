"""Reads a list of prompts: tab-separated, one pair of sentences a line, an optional third column with the source."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.errors import ShownToUser

HEADER = ("sentence_1", "sentence_2")
MAX_SENTENCE_CHARACTERS = 300
MAX_SOURCE_CHARACTERS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptLine:
    sentence_1: str
    sentence_2: str
    source: str = ""


def decode_prompt_list(data: bytes) -> list[str]:
    """The lines of a UTF-8 file (a byte order mark is dropped); other encodings are refused by line."""
    text: list[str] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        try:
            text.append(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise refused(number, "it is not UTF-8; please save the file as UTF-8") from error
    return text


def read_prompt_list(lines: Iterable[str]) -> list[PromptLine]:
    """Every pair in the order of the file. Raises ShownToUser naming the first line that cannot be used."""
    first_seen: dict[tuple[str, str], int] = {}
    prompts: list[PromptLine] = []
    for number, cells in numbered_cells(lines):
        prompt = checked(number, cells)
        pair = (prompt.sentence_1, prompt.sentence_2)
        if pair in first_seen:
            raise refused(number, f"it repeats line {first_seen[pair]}; please remove one of the two")
        first_seen[pair] = number
        prompts.append(prompt)
    if not prompts:
        raise ShownToUser("The list holds no sentences: write one pair a line, with a tab between them.")
    return prompts


def numbered_cells(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines that hold something, without the header and comments."""
    for number, line in enumerate(lines, start=1):
        cells = [" ".join(cell.split()) for cell in line.split("\t")]
        if not any(cells) or line.startswith("#") or tuple(cells[:2]) == HEADER:
            continue
        yield number, cells


def checked(number: int, cells: list[str]) -> PromptLine:
    if len(cells) not in (2, 3):
        raise refused(
            number, f"it has {len(cells)} columns; please give two sentences with a tab between them"
        )
    for cell, name in zip(cells, HEADER, strict=False):
        if not cell:
            raise refused(number, f"{name} is empty; please give two sentences")
        if len(cell) > MAX_SENTENCE_CHARACTERS:
            raise refused(
                number, f"{name} has {len(cell)} characters; at most {MAX_SENTENCE_CHARACTERS} fit on a phone"
            )
    source = cells[2] if len(cells) == 3 else ""
    if len(source) > MAX_SOURCE_CHARACTERS:
        raise refused(number, f"the source has {len(source)} characters; at most {MAX_SOURCE_CHARACTERS}")
    return PromptLine(sentence_1=cells[0], sentence_2=cells[1], source=source)


def refused(number: int, reason: str) -> ShownToUser:
    return ShownToUser(
        f"Line {number} cannot be used: {reason}.", code="bad_prompt_list", field=f"line {number}"
    )
