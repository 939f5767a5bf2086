"""Manifest rows survive a round trip; a wrong line is refused with its number."""

from pathlib import Path

import pytest

from modeling.errors import InputRefused
from modeling.manifest import ManifestRow, parse_row, read_manifest


def test_a_row_survives_writing_and_reading(tmp_path: Path) -> None:
    row = ManifestRow(
        mixture=tmp_path / "m.wav", stems=(tmp_path / "a.wav", tmp_path / "b.wav"), convention="reverberant"
    )
    assert parse_row(row.to_json(), where="here", folder=Path("/elsewhere")) == row


def test_relative_paths_start_at_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"mixture": "m.wav", "stems": ["s.wav"]}\n\n{"mixture": "/abs/m.wav"}\n')
    first, second = read_manifest(path)
    assert first.mixture == tmp_path / "m.wav" and first.stems == (tmp_path / "s.wav",)
    assert second.mixture == Path("/abs/m.wav")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "not a JSON object"),
        ("[1]", '"mixture" must be'),
        ('{"mixture": 3}', '"mixture" must be'),
        ('{"mixture": "m", "stems": "s"}', '"stems" must be a list'),
        ('{"mixture": "m", "convention": "wet"}', "must be dry, early or reverberant, not 'wet'"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"mixture": "m.wav"}\n' + line + "\n")
    with pytest.raises(InputRefused, match=sentence) as refusal:
        list(read_manifest(path))
    assert "line 2" in str(refusal.value)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"There is no manifest .*none.jsonl\."):
        list(read_manifest(tmp_path / "none.jsonl"))
