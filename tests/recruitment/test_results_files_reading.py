"""Results files are read as spreadsheets save them, and refused with the line at fault."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ShownToUser
from recruitment.rules.results_file import MAX_ROWS, fill_cells, read_results

PLAIN = "WorkerId,AssignmentId,Answer.surveycode\r\nW1,A1,one\r\nW2,A2,two\r\n"
EVERY_CELL_QUOTED = '"WorkerId","AssignmentId","Answer.surveycode"\r\n"W1","A1","one"\r\n"W2","A2","two"\r\n'


def texts(data: bytes) -> list[list[str]]:
    return [[row.text(place) for place in range(len(row.cells))] for row in read_results(data).data_rows()]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("utf-16-le"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        b"sep=;\r\n" + PLAIN.replace(",", ";").encode(),
        PLAIN.replace("\r\n", "\n").encode(),
        PLAIN.replace("\r\n", "\r").encode(),
        EVERY_CELL_QUOTED.encode(),
        ("\r\n,,\r\n" + PLAIN + "\r\n  \r\n").encode(),
        PLAIN.replace("W1", ' W1\u00a0"').encode(),
    ],
)
def test_the_same_table_is_read_however_it_was_saved(data: bytes) -> None:
    assert read_results(data).header == ["WorkerId", "AssignmentId", "Answer.surveycode"]
    assert texts(data) == [["W1", "A1", "one"], ["W2", "A2", "two"]]


def test_windows_letters_and_newlines_in_quotes_are_read() -> None:
    data = 'who,answer\r\nW1,"line one\r\nline ""two"", café – fine"\r\nW2,x'.encode("cp1252")
    assert texts(data) == [["W1", 'line one\r\nline "two", café – fine'], ["W2", "x"]]
    assert [row.line for row in read_results(data).data_rows()] == [2, 4]


def test_rows_may_end_early_or_with_empty_cells() -> None:
    rows = list(read_results(b"a,b,c\n1\n1,2,3,,\n").data_rows())
    assert [row.text(2) for row in rows] == ["", "3"]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "file_unreadable", "empty"),
        (b"a,b\r\n", "file_unreadable", "no row below its header"),
        (b"PK\x03\x04spreadsheet", "file_unreadable", "save it as CSV"),
        (b"a,b\n1,2\n1,2,3\n", "file_cells", "Line 3 has 3 cells, but the header has 2"),
        (b'a,b\n1,"x\ny"\n1,"2\n3,4\n', "file_quote", "opens in line 4 is never closed"),
        (b'a,b\n1,"say ""hello""\n', "file_quote", "opens in line 2"),
        (b"a,b\n1,2\n\x81\xff,2\n", "file_encoding", "Line 3"),
        (b"a,b\n1,2\n1,\x002\n", "file_nul", "Line 3"),
        (b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1), "file_too_large", "50,000"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(data: bytes, code: str, says: str) -> None:
    with pytest.raises(ShownToUser) as refusal:
        read_results(data)
    assert refusal.value.code == code
    assert says in refusal.value.message


def test_a_file_over_the_limit_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recruitment.rules.results_file.MAX_FILE_BYTES", 10)
    with pytest.raises(ShownToUser, match="at most 10 are read"):
        read_results(b"a,b\n1,2\n1,2\n")


cells = st.text(st.sampled_from('ab ,;"\n\r=é'), max_size=6)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from([0, 1]))
def test_any_table_that_the_csv_module_writes_is_read_and_written_back(
    rows: list[list[str]], quote: int
) -> None:
    written = io.StringIO()
    table = [["person", "submission", "code"], *rows]
    csv.writer(written, quoting=quote).writerows(table)
    data = written.getvalue().encode()
    try:
        file = read_results(data)
    except ShownToUser as refusal:
        assert "no row below" in refusal.message
        return
    ours = [row.text(place) for row in file.rows for place in range(3)]
    assert ours == [cell.strip(' \t\u00a0"') for row in table for cell in row]
    assert fill_cells(file, filled={}) == data


def test_filled_cells_leave_all_others_as_they_stand() -> None:
    data = b'\xef\xbb\xbf"a","Approve","b"\r\n" =1+1 ","","x"\r\n\r\nbare,,\r\n"last"'
    filled = fill_cells(read_results(data), filled={2: {"approve": "X"}, 4: {"Reject": '=no "stamp"'}})
    assert filled == (
        b'\xef\xbb\xbf"a","Approve","b","Reject"\r\n" =1+1 ","X","x"\r\n\r\nbare,,,"no ""stamp"""\r\n"last"'
    )


def test_letters_that_the_encoding_lacks_become_question_marks_in_our_cells_only() -> None:
    file = read_results("a,b\ncafé,1\n".encode("cp1252"))
    assert fill_cells(file, filled={2: {"why": "→ see"}}) == "a,b,why\ncafé,1,? see\n".encode("cp1252")
