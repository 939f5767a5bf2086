"""Results files of platforms: read what any spreadsheet may have saved, and write it back cell for cell.

Cells are kept as they stand in the file, quotes included, so that whatever is not filled in by us comes back
byte for byte.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from core.errors import ShownToUser

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 1_000
SEPARATORS = (",", ";", "\t", "|")
NOT_TEXT = {
    b"PK\x03\x04": "a spreadsheet (.xlsx) or an archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (.xls)",
    b"%PDF": "a PDF",
}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LOOKED_AT_BYTES = 400
AROUND_A_CELL = ' \t\u00a0\u200b\ufeff"'
LINE_ENDS = re.compile(r"\r\n|\r|\n")
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file; `line` is where it begins, counted from 1 as an editor does."""

    line: int
    cells: tuple[str, ...]
    end: str

    @property
    def is_blank(self) -> bool:
        return not "".join(self.cells).strip(AROUND_A_CELL)

    def text(self, column: int | None) -> str:
        """What the cell says, without quotes and blanks around it; "" where the row ends before it."""
        if column is None or column >= len(self.cells):
            return ""
        return unquote(self.cells[column]).strip(AROUND_A_CELL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFile:
    """A whole file, blank rows and all; `header_at` is the index of the row with the names."""

    encoding: str
    byte_order_mark: bytes
    preamble: str
    separator: str
    rows: tuple[Row, ...]
    header_at: int

    @property
    def header(self) -> list[str]:
        row = self.rows[self.header_at]
        return [row.text(column) for column in range(len(row.cells))]

    def data_rows(self) -> Iterator[Row]:
        return (row for row in self.rows[self.header_at + 1 :] if not row.is_blank)


def read_results(data: bytes) -> ResultsFile:
    """Raises ShownToUser with the line at fault: `file_*` codes, field `file`."""
    refuse_what_is_no_text(data)
    encoding, mark = encoding_of(data)
    text = decode(data[len(mark) :], encoding)
    declared = SEPARATOR_LINE.match(text)
    preamble = declared.group() if declared else ""
    separator = declared.group(1) if declared else likely_separator(text)
    rows = tuple(limited(split_rows(text, separator=separator, start=len(preamble))))
    header_at = next((index for index, row in enumerate(rows) if not row.is_blank), None)
    if header_at is None or all(row.is_blank for row in rows[header_at + 1 :]):
        raise refused("The file has no row below its header. Please choose the file with people's answers.")
    refuse_overlong_rows(rows[header_at:])
    return ResultsFile(
        encoding=encoding,
        byte_order_mark=mark,
        preamble=preamble,
        separator=separator,
        rows=rows,
        header_at=header_at,
    )


def refuse_what_is_no_text(data: bytes) -> None:
    if not data.strip():
        raise refused("The file is empty. Please download the results again.")
    if len(data) > MAX_FILE_BYTES:
        raise refused(
            f"The file has {len(data):,} bytes; at most {MAX_FILE_BYTES:,} are read. Please split it by rows.",
            code="file_too_large",
        )
    for magic, name in NOT_TEXT.items():
        if data.startswith(magic):
            raise refused(f"The file is {name}. Please save it as CSV (UTF-8) and choose that file.")


def encoding_of(data: bytes) -> tuple[str, bytes]:
    """The encoding and the byte order mark that stands in front, if any."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding, mark
    start = data[:LOOKED_AT_BYTES]
    # A header is mostly ASCII: in UTF-16 every second byte of it is zero.
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if zeros.count(0) * 2 > len(zeros):
            return encoding, b""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", b""
    return "utf-8", b""


def decode(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refused(
            f"Line {line} holds bytes that are neither UTF-8 nor UTF-16 nor Windows-1252. "
            "Please save the file again as CSV (UTF-8).",
            code="file_encoding",
        ) from None
    if "\0" in text:
        line = count_lines(text[: text.index("\0")])
        raise refused(
            f"Line {line} holds a NUL character: the file is damaged. Please download it again.",
            code="file_nul",
        )
    return text


def likely_separator(text: str) -> str:
    """The one that splits the header into most cells."""

    def cells_in_header(separator: str) -> int:
        rows = split_rows(text, separator=separator)
        return next((len(row.cells) for row in rows if not row.is_blank), 0)

    return max(SEPARATORS, key=cells_in_header)


def split_rows(text: str, *, separator: str, start: int = 0) -> Iterator[Row]:
    """As spreadsheets do: quotes count at the beginning of a cell only, and are doubled inside."""
    line = row_line = count_lines(text[:start])
    cells: list[str] = []
    for match in cell_pattern(separator).finditer(text, start):
        quoted, plain, end = match.groups()
        if match.start() == len(text) and not cells:
            return
        if quoted is None and plain.startswith('"'):
            raise refused(
                f'The quote (") that opens in line {line} is never closed. Please correct that cell.',
                code="file_quote",
            )
        cells.append(plain if quoted is None else quoted)
        if quoted:
            line += count_lines(quoted) - 1
        if end != separator:
            yield Row(row_line, tuple(cells), end)
            cells, line = [], line + 1
            row_line = line
            if not end:
                return


def cell_pattern(separator: str) -> re.Pattern[str]:
    """A cell and what ends it. Possessive: a quote that is never closed is found in one pass."""
    outside = rf"[^{re.escape(separator)}\r\n]*"
    return re.compile(
        rf'(?:("[^"]*+(?:""[^"]*+)*+"{outside})|({outside}))({re.escape(separator)}|\r\n|\r|\n|\Z)'
    )


def count_lines(text: str) -> int:
    return len(LINE_ENDS.findall(text)) + 1


def limited(rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise refused(
                f"The file has more than {MAX_ROWS:,} rows. Please split it by rows.", code="file_too_large"
            )
        if len(row.cells) > MAX_COLUMNS:
            raise refused(f"Line {row.line} has {len(row.cells):,} cells; at most {MAX_COLUMNS:,} are read.")
        yield row


def refuse_overlong_rows(rows: tuple[Row, ...]) -> None:
    """Empty cells at the end are no harm; a filled one means that a separator was not quoted, and everything
    behind it stands in the wrong column."""
    width = len(rows[0].cells)
    for row in rows[1:]:
        if any(cell.strip(AROUND_A_CELL) for cell in row.cells[width:]):
            raise refused(
                f"Line {row.line} has {len(row.cells)} cells, but the header has {width}. A separator inside an "
                "answer is not quoted there. Please correct that line or download the file again.",
                code="file_cells",
            )


def refused(message: str, *, code: str = "file_unreadable") -> ShownToUser:
    return ShownToUser(message, code=code, field="file")


def unquote(cell: str) -> str:
    if not cell.startswith('"'):
        return cell
    inside, _, behind = cell[1:].rpartition('"')
    return inside.replace('""', '"') + behind


def fill_cells(file: ResultsFile, *, filled: Mapping[int, Mapping[str, str]]) -> bytes:
    """The file again, with these cells set: line of the row -> column name -> text.

    A name that the header lacks becomes a new column at its end. Rows that are not named come back as they are.
    """
    header = file.header
    places: dict[str, int] = {}
    new_names: list[str] = []
    for name in chain.from_iterable(filled.values()):
        if name not in places:
            known = place(name, header)
            places[name] = len(header) + len(new_names) if known is None else known
            new_names += [name] if known is None else []
    writer = CellWriter(file)
    rows = list(file.rows)
    rows[file.header_at] = writer.set_cells(rows[file.header_at], {places[name]: name for name in new_names})
    for index, row in enumerate(rows[file.header_at + 1 :], start=file.header_at + 1):
        texts = filled.get(row.line, {})
        rows[index] = writer.set_cells(row, {places[name]: text for name, text in texts.items()})
    return writer.encode(rows)


def place(name: str, header: Sequence[str]) -> int | None:
    """Where a column stands, whatever its case; None where it does not."""
    wanted = name.casefold()
    return next((index for index, known in enumerate(header) if known.casefold() == wanted), None)


class CellWriter:
    """Writes cells in the manner of one file: its encoding, its separator, its quoting."""

    def __init__(self, file: ResultsFile) -> None:
        self.file = file
        self.quotes_all = file.rows[file.header_at].cells[-1].startswith('"')

    def set_cells(self, row: Row, texts: Mapping[int, str]) -> Row:
        if not texts:
            return row
        width = max(len(row.cells), max(texts) + 1)
        cells = [*row.cells, *[""] * (width - len(row.cells))]
        for place, text in texts.items():
            if unquote(cells[place]) != text:  # a cell that says this already stays as it is written
                cells[place] = self.quote(text)
        return replace(row, cells=tuple(cells))

    def quote(self, text: str) -> str:
        text = self.writable(harmless(text))
        if self.quotes_all or self.file.separator in text or '"' in text:
            return '"' + text.replace('"', '""') + '"'
        return text

    def writable(self, text: str) -> str:
        """Windows-1252 has few letters; a question mark is better than no file."""
        return text.encode(self.file.encoding, "replace").decode(self.file.encoding)

    def encode(self, rows: Iterable[Row]) -> bytes:
        text = "".join(self.file.separator.join(row.cells) + row.end for row in rows)
        return self.file.byte_order_mark + (self.file.preamble + text).encode(self.file.encoding)


def harmless(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    return " ".join(text.split()).lstrip("=+-@ ")
